"""A browser as small as can be, over real HTTP: cookies, the token of a form, a form with files."""

import http.client
import re
import uuid
from collections.abc import Mapping

PATIENCE_SECONDS = 30


class Browser:
    """`cookies`: {name: value}. Raises OSError and HTTPException as the network does, ValueError for a 4xx or 5xx."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> str:
        """The text of a page."""
        return self._ask("GET", path, b"", {})[1]

    def post(
        self, path: str, page: str, fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes]] | None = None
    ) -> str:
        """Send the form of a page that was read; where it leads."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if token is None:
            raise ValueError("the page has no form")
        mark = uuid.uuid4().hex
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in {**fields, "csrfmiddlewaretoken": token[1]}.items()
        ]
        for name, (file, content) in (files or {}).items():
            head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
            parts.append(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{mark}--\r\n".encode()
        return self._ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={mark}"})[0]

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            connection.request(method, path, body or None, {**headers, "Cookie": cookies})
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    cookie, _, told = value.partition(";")[0].partition("=")
                    self.cookies[cookie] = told
            text = answer.read().decode("utf-8", "replace")
            if answer.status >= 400:
                raise ValueError(f"{answer.status} at {path.partition('?')[0]}")
            return answer.getheader("Location") or path, text
        finally:
            connection.close()

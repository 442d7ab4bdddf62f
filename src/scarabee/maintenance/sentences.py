"""A sentence typed in words before something is lost for good."""

from typing import Any

from django import forms

_ATTRIBUTES = {"class": "form-control", "autocomplete": "off", "spellcheck": "false"}


class SentenceForm(forms.Form):
    """`wanted`: the sentence, whatever its case and spaces. `safe`: what is said not to have happened, otherwise."""

    wanted = ""
    safe = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sentence"] = forms.CharField(
            label=f"Pour confirmer, tapez : {self.wanted}",
            max_length=40,
            widget=forms.TextInput(attrs=_ATTRIBUTES),
            error_messages={"required": f"Tapez « {self.wanted} » pour confirmer."},
        )

    def clean_sentence(self) -> str:
        typed = " ".join(str(self.cleaned_data["sentence"]).casefold().split())
        if typed != self.wanted:
            raise forms.ValidationError(f"Tapez exactement « {self.wanted} ». {self.safe}")
        return typed

// The order form of a batch: says how many réel declarations are ticked, and whose. It works without.
(() => {
  const form = document.querySelector("[data-order-form]");
  const words = form && form.querySelector("[data-confirm-words]");
  if (!words) return;
  const names = form.querySelector("[data-confirm-names]");
  const SHOWN = 30;

  const tell = () => {
    const real = [...form.querySelectorAll("[data-tick]:checked")].filter((tick) => tick.dataset.real);
    const employers = [...new Set(real.map((tick) => tick.dataset.employer))].sort();
    const many = real.length > 1 ? "déclarations réelles" : "déclaration réelle";
    words.textContent = real.length ? `de ${real.length} ${many}` : "(aucune déclaration réelle n’est cochée)";
    const more = employers.length - SHOWN;
    names.textContent = employers.slice(0, SHOWN).join(", ") + (more > 0 ? ` et ${more} autres` : "");
  };
  const everything = form.querySelector("[name=tout]");
  form.addEventListener("change", () => {
    if (everything && everything.checked) {
      words.textContent = "de toutes les déclarations réelles du lot qui peuvent partir";
      names.textContent = "";
      return;
    }
    tell();
  });
  tell();
})();

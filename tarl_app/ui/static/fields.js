// What the form's estimate says about a field stands at that field, too.
function atFields() {
  for (const old of document.querySelectorAll('.tr-said')) {
    old.closest('.block')?.querySelector('input, textarea')?.removeAttribute('aria-invalid');
    old.remove();
  }
  for (const told of element.querySelectorAll('[data-field]')) {
    const field = told.dataset.field && document.getElementById(told.dataset.field);
    if (!field) continue;
    const said = document.createElement('p');
    said.className = 'tr-said';
    said.dataset.kind = told.dataset.kind;
    said.textContent = told.textContent.replace(/^[^:]*: /, '');
    field.append(said);
    if (told.dataset.kind === 'refused') field.querySelector('input, textarea')?.setAttribute('aria-invalid', 'true');
  }
}
watch('value', () => requestAnimationFrame(atFields));
atFields();

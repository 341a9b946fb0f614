// On a phone the settings of a tab are behind one button (page.css); elsewhere the button is not there.
const button = element.querySelector('button');
button.addEventListener('click', () => {
  const open = button.getAttribute('aria-expanded') !== 'true';
  button.setAttribute('aria-expanded', String(open));
  for (const id of button.dataset.folds.split(' ')) document.getElementById(id)?.toggleAttribute('data-open', open);
});

// Lists in which one can search: typing replaces what is chosen. (page.css says when nothing is found.)
document.addEventListener('focusin', (event) => {
  const input = event.target;
  if (input.matches?.('input[role="combobox"]') && !input.readOnly) setTimeout(() => { if (document.activeElement === input) input.select(); });
});

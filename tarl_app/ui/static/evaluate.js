// Added to keyed.js for the Evaluate tab: whether it is in view (a hidden one asks for nothing), and sounds of its episodes.
let seen = null;
new ResizeObserver(() => {
  const now = element.offsetParent !== null;
  if (now !== seen) { seen = now; trigger('shown', { on: now }); }
}).observe(element);

let sound = null;
window.addEventListener('tarl:replay', (event) => {
  if (!element.offsetParent || !element.closest('#eval-episode')) return; // another tab's mouth plays it
  if (sound) sound.pause();
  sound = new Audio(event.detail.url);
  sound.play().catch(() => {});
});

// A call that was opened by a click in the list beside it is brought into view, and has the focus.
let asked = false;
if (element.closest('.eval-opened')) {
  document.addEventListener('click', (event) => {
    const row = event.target.closest('.eval-list .bo-episodes [data-pick]');
    if (row && element.closest('.eval-call').contains(row)) asked = true;
  }, { capture: true });
  watch('value', () => requestAnimationFrame(() => {
    if (!asked || !(props.value?.items || []).length) return;
    asked = false;
    const row = element.closest('.eval-call').querySelector('.eval-list .bo-chosen'); // it may have moved: the list is narrower
    if (row && row.getBoundingClientRect().right <= element.getBoundingClientRect().left) row.scrollIntoView({ block: 'nearest' });
    list.focus({ preventScroll: true });
    element.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  }));
}

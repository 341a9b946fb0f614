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

// An episode that was opened by a click is brought into view, and has the focus.
let asked = false;
if (element.closest('#eval-episode')) {
  document.addEventListener('click', (event) => {
    if (event.target.closest('#eval-episodes [data-pick^="episode|"], #eval-exam [data-pick^="case|"]')) asked = true;
  }, { capture: true });
  watch('value', () => requestAnimationFrame(() => {
    if (!asked || !(props.value?.items || []).length) return;
    asked = false;
    list.focus({ preventScroll: true });
    element.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  }));
}

// Added to keyed.js for the Train tab: which curves are drawn, sounds of rollouts, values under the pointer, and whether the tab
// is in view, so that a hidden one asks for nothing.
element.addEventListener('change', (event) => {
  const draw = event.target.closest('[data-draw]');
  if (draw) trigger('drawn', { id: draw.dataset.draw, on: draw.checked });
});

let seen = null;
new ResizeObserver(() => {
  const now = element.offsetParent !== null;
  if (now !== seen) { seen = now; trigger('shown', { on: now }); }
}).observe(element);

let sound = null;
window.addEventListener('tarl:replay', (event) => {
  const view = element.closest('#train-view');
  if (!element.offsetParent || !view) return; // another tab's mouth plays it
  if (sound) sound.pause();
  sound = new Audio(event.detail.url);
  view.dataset.playing = event.detail.url;
  sound.addEventListener('ended', () => { delete view.dataset.playing; });
  sound.play().catch(() => { delete view.dataset.playing; });
});

const LEFT = 40, RIGHT = 8, TOP = 8, BOTTOM = 18, SVG = 'http://www.w3.org/2000/svg';

function leave(svg) { const cross = svg.querySelector('.cu-cross'); cross.replaceChildren(); cross.setAttribute('hidden', ''); }

element.addEventListener('pointermove', (event) => {
  const svg = event.target.closest('svg[data-curve]');
  for (const one of element.querySelectorAll('svg[data-curve] .cu-cross:not([hidden])')) {
    if (one.closest('svg') !== svg) leave(one.closest('svg'));
  }
  if (!svg) return;
  const [first, last, low, high] = svg.dataset.range.split(' ').map(Number);
  const box = svg.viewBox.baseVal, place = svg.getBoundingClientRect();
  const pointer = (event.clientX - place.left) * box.width / place.width;
  const lines = [...svg.querySelectorAll('polyline[data-name]')];
  if (!lines.length) return;
  const rows = [];
  let at = null;
  for (const line of lines) {
    let best = null;
    for (const point of line.points) if (!best || Math.abs(point.x - pointer) < Math.abs(best.x - pointer)) best = point;
    if (!best) continue;
    if (!at) at = best;
    const value = low + (high - low) * (box.height - BOTTOM - best.y) / (box.height - TOP - BOTTOM);
    rows.push([line, best, Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)]);
  }
  const cross = svg.querySelector('.cu-cross');
  const parts = [];
  const make = (kind, values, text) => {
    const made = document.createElementNS(SVG, kind);
    for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    parts.push(made);
  };
  make('line', { x1: at.x, x2: at.x, y1: TOP, y2: box.height - BOTTOM });
  const step = Math.round(first + (last - first) * (at.x - LEFT) / (box.width - LEFT - RIGHT));
  const right = at.x > box.width / 2;
  const label = { x: at.x + (right ? -6 : 6), 'text-anchor': right ? 'end' : 'start' };
  make('text', { ...label, y: TOP + 9 }, 'step ' + step);
  rows.forEach(([line, point, value], index) => {
    make('circle', { cx: point.x, cy: point.y, r: 2.5 });
    make('text', { ...label, y: TOP + 21 + 12 * index }, (rows.length > 1 ? line.dataset.name.slice(0, 18) + ' ' : '') + value);
  });
  cross.replaceChildren(...parts);
  cross.removeAttribute('hidden');
});
element.addEventListener('pointerleave', () => element.querySelectorAll('svg[data-curve]').forEach(leave));

// Shows props.value = {call, items: [[key, html], ...]}: only items whose HTML changed are touched, so what a person has
// opened stays open and screen readers announce only what is new. The HTML comes escaped from the server.
const list = element.querySelector('[data-list]');
const nodes = new Map();
let call = null;
let at = null;
let over = false; // a mouse is over the list: what it points at stays there
let moved = 0;
let later = null;
let missed = false;
const CALM = 2000; // milliseconds after the last movement
const newest = document.createElement('button');
newest.type = 'button';
newest.className = 'tl-newest';
newest.textContent = '↓ Newest';
newest.hidden = true;
if (list.dataset.list === 'follow') list.after(newest);

function toEnd() {
  list.scrollTop = list.scrollHeight;
  missed = false;
  newest.hidden = true;
}
newest.addEventListener('click', toEnd);
list.addEventListener('pointermove', (event) => { if (event.pointerType === 'mouse') { over = true; moved = performance.now(); } });
list.addEventListener('pointerleave', () => {
  over = false;
  if (later) show();
  if (missed && !newest.matches(':hover')) toEnd();
});
list.addEventListener('scroll', () => { if (missed && list.scrollHeight - list.scrollTop - list.clientHeight < 4) toEnd(); });

function fill(node, html) {
  const open = new Set([...node.querySelectorAll('details[open][data-k]')].map((one) => one.dataset.k));
  const tops = [...node.querySelectorAll('[data-scrolls]')].map((one) => one.scrollTop);
  node.innerHTML = html;
  for (const one of node.querySelectorAll('details[data-k]')) if (open.has(one.dataset.k)) one.open = true;
  node.querySelectorAll('[data-scrolls]').forEach((one, index) => { one.scrollTop = tops[index] || 0; });
}

function show() {
  const value = props.value || { call: null, items: [] };
  clearTimeout(later);
  later = null;
  if (list.dataset.calm && over && value.call === call && performance.now() - moved < CALM) {
    later = setTimeout(show, CALM);
    return;
  }
  if (value.call !== call) {
    call = value.call;
    nodes.clear();
    list.replaceChildren();
  }
  const ends = value.items.length && value.items.at(-1)[0] === 'end' && !nodes.has('end');
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 120;
  const wanted = new Set(value.items.map(([key]) => key));
  for (const [key, node] of [...nodes]) if (!wanted.has(key)) { node.remove(); nodes.delete(key); }
  value.items.forEach(([key, html], index) => {
    let node = nodes.get(key);
    if (!node) {
      node = document.createElement('div');
      node.className = 'tl-item';
      node.dataset.key = key;
      nodes.set(key, node);
    }
    if (node.tarlHtml !== html) { fill(node, html); node.tarlHtml = html; }
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] || null);
  });
  mark();
  if (value.at && value.at !== at && nodes.has(value.at)) { // the turn to look at, instead of the newest
    const one = nodes.get(value.at);
    const above = one.getBoundingClientRect().top - list.getBoundingClientRect().top;
    list.scrollTo({ top: list.scrollTop + above - (list.clientHeight - one.clientHeight) / 2 });
    at = value.at;
    return;
  }
  at = value.at || null;
  if (value.at) return;
  if (list.dataset.list !== 'follow' || !(atEnd || missed || ends)) return;
  if (over && list.scrollHeight - list.scrollTop - list.clientHeight > 4) {
    missed = true;
    newest.hidden = false;
  } else {
    toEnd();
  }
}

element.addEventListener('click', (event) => {
  const play = event.target.closest('[data-sound]');
  if (play) window.dispatchEvent(new CustomEvent('tarl:replay', { detail: { url: play.dataset.sound } }));
  const pick = event.target.closest('[data-pick]');
  if (pick) {
    trigger('picked', { id: pick.dataset.pick });
    if (pick.dataset.scroll) document.getElementById(pick.dataset.scroll)?.scrollIntoView({ behavior: 'smooth' });
  }
  const opener = event.target.closest('[data-open]');
  const opened = opener && list.querySelector('details[data-k="' + CSS.escape(opener.dataset.open) + '"]');
  if (opened) opened.open = !opened.open;
  const copy = event.target.closest('[data-copy]');
  if (copy) {
    const link = new URL(copy.dataset.copy, location.origin + location.pathname).href;
    navigator.clipboard.writeText(link).then(() => { copy.textContent = 'Link copied'; }, () => { prompt('The link to this call:', link); });
  }
  const jump = event.target.closest('[data-jump]');
  if (jump) {
    const target = document.querySelector('#' + list.dataset.jumps + ' [data-key="' + CSS.escape(jump.dataset.jump) + '"]');
    if (target) {
      target.scrollIntoView({ behavior: 'smooth', block: 'center' });
      target.classList.add('tl-flash');
      setTimeout(() => target.classList.remove('tl-flash'), 1600);
    }
  }
});

// The turns that an open verdict was decided by are marked.
element.addEventListener('toggle', (event) => {
  if (!event.target.matches?.('details[data-marks]')) return;
  if (event.target.open) for (const other of list.querySelectorAll('details[data-marks][open]')) if (other !== event.target) other.open = false;
  mark();
  if (event.target.open) event.target.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
}, { capture: true });
function mark() {
  const open = list.querySelector('details[data-marks][open]');
  const marked = new Set(open ? open.dataset.marks.split(' ') : []);
  for (const [key, node] of nodes) node.classList.toggle('tl-evidence', marked.has(key));
}

watch('value', show);
show();

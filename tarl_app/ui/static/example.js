// The recorded pair of the first screen: one button plays the first call until it has gone wrong, then the second one to
// its end. Nothing is fetched before that. Without a click everything is shown, as it ended.
const example = element.querySelector('[data-example]');
const sides = [...element.querySelectorAll('.ex-side')].map((side) => ({
  side, list: side.querySelector('.ex-turns'), turns: [...side.querySelectorAll('[data-turn]')],
  figure: side.querySelector('.ex-reward b'), reward: side.querySelector('.ex-reward b').textContent,
  times: JSON.parse(side.dataset.times), sound: side.dataset.sound, shown: -1,
}));
const button = element.querySelector('.ex-play');
const word = element.querySelector('.ex-play-word');
const said = element.querySelector('.ex-said');
let player = null;
let now = -1; // the side that is played
let resting = 0;

function written(reward) { return reward.toFixed(1).replace('-', '−'); }

// The turns that have begun at that second; Infinity shows the call as it ended.
function show(one, second) {
  const ended = second >= one.times.seconds;
  let count = 0;
  while (count < one.times.starts.length && one.times.starts[count] <= second) count += 1;
  if (count === one.shown && !ended) return;
  one.shown = count;
  for (const turn of one.turns) {
    const index = Number(turn.dataset.turn);
    turn.classList.toggle('ex-later', !ended && index >= count);
    turn.classList.toggle('ex-now', !ended && turn === current(one, count));
  }
  one.side.dataset.over = ended;
  one.figure.textContent = ended ? one.reward : written(count ? one.times.rewards[count - 1] : 0);
  const seen = ended ? null : current(one, count);
  if (seen) into(one.list, seen);
}

function current(one, count) {
  return one.turns.filter((turn) => Number(turn.dataset.turn) < count).at(-1);
}

function into(list, turn) {
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  list.scrollTo({ top: turn.offsetTop - list.clientHeight / 2 + turn.clientHeight / 2, behavior: calm ? 'auto' : 'smooth' });
}

function rest(one) { // as it ended; the turn that went wrong is in view
  show(one, Infinity);
  one.shown = -1;
  const wrong = one.side.querySelector('.ex-wrong');
  if (wrong) into(one.list, wrong);
  else one.list.scrollTop = one.list.scrollHeight;
}

function stop() {
  clearTimeout(resting);
  if (player) player.pause();
  now = -1;
  word.textContent = 'Play both calls';
  delete example.dataset.playing;
  for (const one of sides) { delete one.side.dataset.now; delete one.side.dataset.waits; rest(one); }
}

async function play(place) {
  const one = sides[place];
  now = place;
  example.dataset.playing = place;
  word.textContent = 'Stop';
  sides.forEach((other, index) => {
    if (index === place) other.side.dataset.now = ''; else delete other.side.dataset.now;
    if (index > place) other.side.dataset.waits = ''; else delete other.side.dataset.waits;
  });
  show(one, 0);
  one.side.scrollIntoView({ behavior: 'smooth', block: 'nearest', inline: 'center' });
  if (!player) {
    player = example.tarlPlayer = new Audio();
    player.addEventListener('ended', next);
    player.addEventListener('error', () => { if (now >= 0) { said.textContent = 'The sound could not be loaded.'; stop(); } });
  }
  player.src = one.sound;
  try { await player.play(); } catch (error) {
    if (error.name !== 'AbortError') { said.textContent = 'This browser did not play the sound: ' + error.message; stop(); }
    return;
  }
  requestAnimationFrame(follow);
}

function follow() {
  if (now < 0 || !element.isConnected) { if (player) player.pause(); return; }
  if (!element.offsetParent) return stop(); // another tab of the page, or a call has begun
  const one = sides[now];
  show(one, player.currentTime);
  if (player.currentTime >= one.times.until && one.times.until < one.times.seconds) return next();
  if (!player.paused) requestAnimationFrame(follow);
}

function next() {
  if (now < 0) return;
  player.pause();
  const place = now;
  rest(sides[place]);
  resting = setTimeout(() => (place + 1 < sides.length ? play(place + 1) : stop()), place + 1 < sides.length ? 1800 : 0);
}

const tabs = { compare: 'Compare', train: 'Train', evaluate: 'Evaluate' };
function go(where) {
  stop();
  if (where === 'watch' || where === 'talk') return document.querySelector('#tarl-' + where)?.click();
  if (where === 'pair') { location.search = '?compare=' + sides[1].side.dataset.agent + '&with=' + sides[0].side.dataset.agent; return null; }
  return [...document.querySelectorAll('[role="tab"]')].find((tab) => tab.textContent.trim() === tabs[where])?.click();
}

element.addEventListener('click', (event) => {
  const leads = event.target.closest('[data-go]');
  if (leads) return go(leads.dataset.go);
  if (event.target.closest('.ex-play')) return now < 0 ? play(0) : stop();
  if (event.target.closest('[data-link]')) copy();
  return null;
});

async function copy() {
  const link = new URL('?example', location.href).href;
  try { await navigator.clipboard.writeText(link); said.textContent = 'Copied.'; } catch { said.textContent = link; }
}

if (example) {
  for (const one of sides) rest(one);
  if (new URLSearchParams(location.search).has('example')) { example.scrollIntoView({ block: 'start' }); button.focus(); }
}

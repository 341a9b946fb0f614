// The agent's words as they are heard: within a phrase each word has its share of the phrase's sound, by its length.
export class Captions {
  // show(said, coming, who): the words that were heard, and the rest of the phrase
  constructor(show) {
    this.show = show;
    this.clear();
  }

  clear() {
    this.item = null;
    this.phrases = new Map();
    this.now = '';
    this.show('', '', '');
  }

  // The person's own words.
  said(text) {
    if (text) this.show(text, '', 'you');
  }

  add(item, text, from, to) {
    const phrases = this.phrases.get(item) || [];
    if (text || !phrases.length) phrases.push({ text, from, to });
    else phrases[phrases.length - 1].to = to; // a further sound of the same phrase
    this.phrases.set(item, phrases);
    for (const old of [...this.phrases.keys()].slice(0, -4)) this.phrases.delete(old);
  }

  at(item, milliseconds) {
    const phrases = this.phrases.get(item);
    if (!phrases) return;
    const index = phrases.findIndex((one) => milliseconds < one.to);
    const phrase = phrases[index < 0 ? phrases.length - 1 : index];
    const share = index < 0 ? 1 : Math.max(0, (milliseconds - phrase.from) / (phrase.to - phrase.from));
    const words = phrase.text.split(/\s+/);
    const letters = words.reduce((all, one) => all + one.length + 1, 0);
    let heard = 0;
    let count = 0;
    for (const word of words) {
      if (heard >= share * letters) break;
      heard += word.length + 1;
      count++;
    }
    const now = `${item} ${index} ${count}`;
    if (now === this.now) return;
    this.now = now;
    this.item = item;
    this.show(words.slice(0, count).join(' '), words.slice(count).join(' '), 'agent');
  }

  cut(item) {
    this.phrases.delete(item);
    this.now = '';
    this.show('', '', '');
  }
}

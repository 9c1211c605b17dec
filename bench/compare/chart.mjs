// Bars as SVG: a panel for each load, each with a scale of its own, since an echo costs many times what a broadcast does.
import { shown } from './tables.mjs';

const width = 760;
const labels = 150; // where the bars begin
const bars = 480; // how long they may be
const bar = 16;
const gap = 4;

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

// As an image a page's own style does not reach it, so it brings both.
const style = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 15px; }
  .load { font-weight: 600; }
  .peer { fill: #8c959f; }
  .ours { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .peer { fill: #6e7681; }
    .ours { fill: #4493f8; }
  }`;

/** @param panels [{ title, bars: [{ name, value }] }]; values that are not finite are drawn as a dash */
export function chartOf(title, panels) {
  let y = 24;
  const parts = [`<text class="title" x="0" y="${y - 6}">${escaped(title)}</text>`];
  for (const panel of panels) {
    y += 26;
    parts.push(`<text class="load" x="0" y="${y - 8}">${escaped(panel.title)}</text>`);
    const longest = Math.max(...panel.bars.map(({ value }) => value).filter(Number.isFinite));
    for (const { name, value } of panel.bars) {
      const length = Number.isFinite(value) ? Math.max(1, (value / longest) * bars) : 0;
      const middle = y + bar - 4;
      parts.push(
        `<text x="${labels - 8}" y="${middle}" text-anchor="end">${escaped(name)}</text>`,
        `<rect class="${name === 'roomcast' ? 'ours' : 'peer'}" x="${labels}" y="${y}" width="${length.toFixed(1)}" height="${bar}"/>`,
        `<text x="${(labels + length + 6).toFixed(1)}" y="${middle}">${shown(value)}</text>`,
      );
      y += bar + gap;
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 6}" width="${width}" height="${y + 6}" role="img">
<title>${escaped(title)}</title>
<style>${style}
</style>
${parts.join('\n')}
</svg>
`;
}

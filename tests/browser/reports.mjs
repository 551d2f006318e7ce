// Opens pages in a browser: node tests/browser/reports.mjs FOLDER_OF_NODE_MODULES CHROMIUM FILE.html…
// Nothing may be requested, nothing be said on the console, every tab and choice be reached by keyboard alone, nothing
// run out of a narrow window, and axe-core find nothing serious, in light and dark. Needs playwright-core and axe-core.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

const [modules, browserPath, ...files] = process.argv.slice(2);
const require = createRequire(pathToFileURL(resolve(modules) + '/'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const faults = [];
const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--disable-quic'] });
for (const file of files) {
  const url = pathToFileURL(resolve(file)).href;
  const fault = (what) => faults.push(`${file}: ${what}`);
  const page = await browser.newPage({ javaScriptEnabled: false });
  page.on('request', (request) => request.url() === url || fault(`requests ${request.url()}`));
  page.on('console', (message) => fault(`the console says ${message.text()}`));
  page.on('pageerror', (error) => fault(`fails with ${error}`));
  await page.goto(url);

  // By keyboard: Tab comes to each group, the arrows go round it, and what is chosen is what is seen.
  await page.keyboard.press('Tab');
  for (const [group, panels] of [['choice', '.panel'], ['tab', '.tab']]) {
    const count = await page.locator(`input[name=${group}]`).count();
    if (count === 0) continue;
    let tries = 0;
    const inGroup = async () => page.locator(`input[name=${group}]:focus`).count();
    while (!(await inGroup()) && tries++ < 20) await page.keyboard.press('Tab');
    const reached = new Set();
    for (let step = 0; step < count; step++) {
      const id = await page.locator(`input[name=${group}]:checked`).getAttribute('id');
      reached.add(id);
      const shown = await page.locator(`${panels}:visible`).count();
      if (shown === 0) fault(`${group} ${id} shows nothing`);
      if (group === 'tab' && !(await page.locator(`#p${id.slice(1)}:visible`).count())) fault(`${id} does not open its tab`);
      if (group === 'tab' && shown !== 1) fault(`${id} shows ${shown} tabs`);
      await page.keyboard.press('ArrowRight');
    }
    if (reached.size !== count) fault(`the keyboard reaches ${reached.size} of ${count} in ${group}`);
  }
  await page.setViewportSize({ width: 360, height: 800 });
  const narrow = await page.locator('body').boundingBox();
  if (narrow.width > 360) fault(`is ${narrow.width} wide in a window of 360`);
  await page.close();

  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ colorScheme, bypassCSP: true });
    const looked = await context.newPage();
    await looked.goto(url);
    const tabs = await looked.locator('input[name=tab]').count();
    for (let tab = 0; tab < Math.max(1, tabs); tab++) {
      if (tabs > 0) await looked.locator(`#t${tab}`).check({ force: true });
      await looked.evaluate(axe);
      const { violations } = await looked.evaluate(() => axe.run());
      for (const { id, impact, nodes } of violations) {
        fault(`axe, ${colorScheme}, tab ${tab}: ${id} (${impact}): ${nodes.slice(0, 2).map((node) => node.html).join(' … ')}`);
      }
    }
    await context.close();
  }
}
await browser.close();
if (faults.length > 0) {
  console.error([...new Set(faults)].join('\n'));
  process.exit(1);
}
console.log(`${files.length} pages, nothing found`);

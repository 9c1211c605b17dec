// A chat server, a browser, and people who use the page as its readers see it.
//
//   ROOMCAST_CHAT="COMMAND ARG…"   start this as the chat server instead of the program under test (support/target.mjs)
//   ROOMCAST_CHROMIUM=PATH         the browser, default /usr/bin/chromium
//   ROOMCAST_SCREENSHOTS=DIR       where `picture` puts screenshots; without it there are none
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';
import { chromium } from 'playwright-core';
import { io } from 'socket.io-client';

import { startServer } from '../support/server.mjs';
import { next, soon, within } from '../support/wait.mjs';

/** A page has more to do than a socket before something is seen. */
const patience = 3 * soon;

/** Starts the chat server; the result has `url` and `stop()`. */
async function startChat(flags) {
  const commandLine = process.env.ROOMCAST_CHAT;
  if (!commandLine) return startServer('chat', { args: flags });
  const [command, ...args] = commandLine.split(/\s+/);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const ready = new Promise((resolve) => {
    readline.createInterface(child.stdout).on('line', (line) => {
      const match = /^listening on (http:\S+)$/.exec(line);
      if (match) resolve(match[1]);
    });
  });
  const failed = ended.then(([code]) => Promise.reject(new Error(`the chat server ended with exit code ${code}`)));
  failed.catch(() => {});
  return {
    url: await within(patience, `the ready line of ${commandLine}`, Promise.race([ready, failed])),
    stop: async () => {
      child.kill('SIGTERM');
      await within(15000, 'the chat server to end', ended);
    },
  };
}

/** A wire that can be cut: until `mend()`, connections through it are closed at once. */
async function startWire(target) {
  const { hostname, port } = new URL(target);
  const ends = new Set();
  let whole = true;
  const wire = net.createServer((near) => {
    near.on('error', () => {});
    if (!whole) return near.destroy();
    const far = net.connect(Number(port), hostname).on('error', () => {});
    for (const [from, to] of [[near, far], [far, near]]) {
      ends.add(from);
      from.on('close', () => ends.delete(from) && to.destroy());
      from.pipe(to);
    }
  });
  await once(wire.listen(0, '127.0.0.1'), 'listening');
  const cut = () => {
    whole = false;
    for (const end of ends) end.destroy();
  };
  return {
    url: `http://127.0.0.1:${wire.address().port}`,
    cut,
    mend: () => (whole = true),
    close: () => {
      cut();
      wire.close();
    },
  };
}

export function launchBrowser() {
  const quiet = ['quic', 'background-networking', 'component-update', 'sync', 'gpu'].map((what) => `--disable-${what}`);
  return chromium.launch({
    executablePath: process.env.ROOMCAST_CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--no-first-run', ...quiet],
  });
}

/** A fresh server for one test, with flags of its own, and a way to bring people to it; all of it ends with the test. */
export async function openChat(t, browser, flags = []) {
  const server = await startChat(flags);
  const contexts = [];
  const guests = [];
  const wires = [];
  t.after(async () => {
    guests.forEach((guest) => guest.disconnect());
    await Promise.all(contexts.map((context) => context.close()));
    wires.forEach((wire) => wire.close());
    await server.stop();
  });
  const chat = {
    url: server.url,
    /** Somebody with a browser of their own, the page open. */
    async visitor({ url = server.url, ...options } = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      context.setDefaultTimeout(patience);
      contexts.push(context);
      return openTab(context, url);
    },
    /** A visitor who has chosen a name and sees the list. */
    async person(name, options) {
      const visitor = await chat.visitor(options);
      await visitor.enter(name);
      return visitor;
    },
    /** A user without a browser, for those who only have to be there; resolves with the socket and its list of users. */
    async guest(username) {
      const socket = io(server.url, { auth: { username }, transports: ['websocket'], forceNew: true, reconnection: false });
      guests.push(socket);
      const [users] = await next(socket, 'users', { ms: patience });
      return { socket, users };
    },
    async wire() {
      const wire = await startWire(server.url);
      wires.push(wire);
      return wire;
    },
  };
  return chat;
}

async function openTab(context, url) {
  const page = await context.newPage();
  const tab = new Tab(page, url);
  await page.goto(url);
  return tab;
}

/** Runs in the page: what its reader sees, as plain data; or whether the parts named in `expected` are so. */
function look(expected) {
  const text = (element, selector) => element.querySelector(selector)?.textContent.trim();
  const shown = (selector) => [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());
  const row = (element) =>
    [text(element, '.user-name'), text(element, '.user-status'), text(element, '.badge')].filter(Boolean).join(' | ');
  const line = (element) => {
    const sender = text(element, '.sender');
    const words = element.querySelector('.text').textContent;
    return sender === undefined ? words : `${sender}: ${words}`;
  };
  const [header] = shown('.conversation-header');
  const seen = {
    form: shown('.welcome').length > 0,
    people: shown('.user').map(row),
    selected: shown('.user[aria-current=true]').map((element) => text(element, '.user-name')),
    header: header && `${text(header, 'h2')} | ${header.querySelector('.dot').ariaLabel}`,
    messages: shown('.message').map(line),
    own: shown('.message.own').map((element) => text(element, '.text')),
  };
  if (!expected) return seen;
  return Object.keys(expected).every((part) => JSON.stringify(seen[part]) === JSON.stringify(expected[part]));
}

/** One tab of a visitor's browser. */
class Tab {
  #watchers = new Set();

  constructor(page, url) {
    this.page = page;
    this.url = url;
    /** What the page wrote to the console: promises of [name, arguments] of each received event, and complaints. */
    this.events = [];
    this.complaints = [];
    page.on('console', (message) => this.#note(message));
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    this.upgraded = new Promise((resolve) => {
      const upgrade = '5';
      page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => payload === upgrade && resolve()));
    });
    this.nameField = page.getByPlaceholder('Your username...');
    this.textField = page.getByPlaceholder('Your message...');
    this.send = page.getByRole('button', { name: 'Send', exact: true });
  }

  #note(message) {
    if (message.type() === 'error') this.complaints.push(message.text());
    if (message.type() !== 'log') return;
    // The page hands the values over later; the order is that of the messages.
    const event = Promise.all(message.args().map((arg) => arg.jsonValue())).catch(() => []);
    this.events.push(event);
    this.#watchers.forEach((watch) => watch(event));
  }

  async eventNames() {
    return (await Promise.all(this.events)).map(([name]) => name);
  }

  /** The arguments of the first logged event of this name. */
  async event(wanted) {
    let watch;
    const logged = new Promise((resolve) => {
      watch = async (event) => {
        const [name, args] = await event;
        if (name === wanted) resolve(args);
      };
      this.events.forEach(watch);
      this.#watchers.add(watch);
    });
    return within(patience, `the console to show '${wanted}'`, logged).finally(() => this.#watchers.delete(watch));
  }

  /** Waits until the given parts of what is on screen are as expected. */
  async sees(expected) {
    try {
      await this.page.waitForFunction(look, expected);
    } catch (error) {
      if (error.name !== 'TimeoutError') throw error;
      const seen = await this.page.evaluate(look);
      assert.deepEqual(Object.fromEntries(Object.keys(expected).map((part) => [part, seen[part]])), expected);
    }
  }

  async enter(name) {
    await this.nameField.fill(name);
    await this.send.click();
    await this.page.locator('.user').first().waitFor();
  }

  row(name) {
    return this.page.locator('.user').filter({ has: this.page.getByText(name, { exact: true }) });
  }

  /** A message on screen, by its whole text. */
  line(text) {
    return this.page.locator('.text').getByText(text, { exact: true });
  }

  async open(name) {
    await this.row(name).click();
    await this.textField.waitFor();
  }

  async write(...texts) {
    for (const text of texts) {
      await this.textField.fill(text);
      await this.textField.press('Enter');
    }
  }

  anotherTab() {
    return openTab(this.page.context(), this.url);
  }

  /**
   * Closes the tab once it speaks over WebSocket. Before that, a server that has no request of the tab
   * in hand at the moment of closing learns of it only from the missing heartbeat.
   */
  async close() {
    await within(patience, 'the upgrade to WebSocket', this.upgraded);
    await this.page.close();
  }

  async picture(name) {
    const folder = process.env.ROOMCAST_SCREENSHOTS;
    if (!folder) return;
    fs.mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: path.join(folder, name), animations: 'disabled' });
  }

  /** WCAG contrast of the texts that these selectors find, as [selector, ratio] of those below 4.5. */
  faintTexts(selectors) {
    return this.page.evaluate(async (selectors) => {
      await Promise.all(document.getAnimations().map(({ finished }) => finished)); // colours that are still changing
      const rgb = (color) => color.match(/[\d.]+/g).map(Number);
      const luminance = (color) => {
        const [r, g, b] = rgb(color).map((part) => {
          const share = part / 255;
          return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ground = (element) => {
        const color = getComputedStyle(element).backgroundColor;
        return rgb(color)[3] === 0 && element.parentElement ? ground(element.parentElement) : color;
      };
      return selectors
        .map((selector) => {
          const element = document.querySelector(selector);
          if (!element) return [selector, 'not found'];
          const [low, high] = [luminance(getComputedStyle(element).color), luminance(ground(element))].sort((a, b) => a - b);
          return [selector, (high + 0.05) / (low + 0.05)];
        })
        .filter(([, ratio]) => !(ratio >= 4.5));
    }, selectors);
  }
}

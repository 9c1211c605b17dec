// The chat page in a real browser. Names carry the ids of the behaviours that they check.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { onNode } from '../support/target.mjs';
import { next } from '../support/wait.mjs';
import { launchBrowser, openChat } from './support.mjs';

let browser;
before(async () => (browser = await launchBrowser()));
after(() => browser?.close());

const scenario = (name, body) => test(name, { timeout: 60_000 }, async (t) => body(await openChat(t, browser)));

scenario('S0-F1: the page has its title, and says without JavaScript that it needs it', async (chat) => {
  const visitor = await chat.visitor();
  assert.equal(await visitor.page.title(), 'Private messaging with Socket.IO');
  const plain = await chat.visitor({ javaScriptEnabled: false });
  assert.match(await plain.page.locator('body').innerText(), /needs JavaScript/);
});

scenario('S0-F2, S0-F3: a name needs more than two characters, and nothing connects before it is sent', async (chat) => {
  const visitor = await chat.visitor();
  const connections = [];
  visitor.page.on('request', (request) => request.url().includes('/socket.io/') && connections.push(request.url()));
  await visitor.sees({ form: true, people: [] });
  assert.equal(await visitor.page.locator('form input').count(), 1);
  for (const [name, enabled] of [['', false], ['ab', false], ['abc', true], ['ab', false], ['alice', true]]) {
    await visitor.nameField.fill(name);
    assert.equal(await visitor.send.isEnabled(), enabled, `with the name '${name}'`);
  }
  assert.deepEqual(connections, []);
  await visitor.nameField.press('Enter');
  await visitor.sees({ form: false, people: ['alice (yourself) | online'] });
  assert.notDeepEqual(connections, []);
});

scenario('S0-F2: Enter does not send a name that is too short', async (chat) => {
  const visitor = await chat.visitor();
  await visitor.nameField.fill('ab');
  await visitor.nameField.press('Enter');
  await visitor.sees({ form: true });
});

scenario('S0-F5, S0-F16: the session is remembered, and every received event is in the console', async (chat) => {
  const alice = await chat.person('alice');
  const [{ sessionID, userID }] = await alice.event('session');
  assert.match(sessionID, /^[0-9a-f]{16}$/);
  assert.equal(await alice.page.evaluate(() => localStorage.getItem('sessionID')), sessionID);
  assert.deepEqual(await alice.event('users'), [[{ userID, username: 'alice', connected: true, messages: [] }]]);

  const bob = await chat.person('bob');
  const [{ userID: bobID }] = await bob.event('session');
  assert.deepEqual(await alice.event('user connected'), [{ userID: bobID, username: 'bob', connected: true, messages: [] }]);
  await bob.open('alice');
  await bob.write('hello');
  assert.deepEqual(await alice.event('private message'), [{ content: 'hello', from: bobID, to: userID }]);
  await bob.close();
  assert.deepEqual(await alice.event('user disconnected'), [bobID]);
  assert.deepEqual(await alice.eventNames(), ['session', 'users', 'user connected', 'private message', 'user disconnected']);
  assert.deepEqual(alice.complaints, []);
});

scenario('S0-F7, S0-F9: self first, the rest by name, newcomers at the end until the next list', async (chat) => {
  await chat.guest('dora');
  const bob = await chat.person('bob');
  const { socket: zoe } = await chat.guest('Zoe');
  const { socket: carol } = await chat.guest('carol');
  zoe.disconnect();
  await bob.sees({
    people: ['bob (yourself) | online', 'dora | online', 'Zoe | offline', 'carol | online'],
    selected: [],
    header: undefined,
  });
  await bob.page.getByText('Pick someone to talk to').waitFor();
  assert.equal((await bob.page.locator('.panel').boundingBox()).width, 260);
  await bob.page.reload();
  await bob.sees({ people: ['bob (yourself) | online', 'Zoe | offline', 'carol | online', 'dora | online'] });
  await bob.open('carol');
  await bob.sees({ selected: ['carol'], header: 'carol | online' });
  carol.disconnect();
  await bob.sees({ header: 'carol | offline' });
});

scenario('S0-F11, S0-F12, S0-F13: messages go both ways, and a sender is named when it changes', async (chat) => {
  const alice = await chat.person('alice');
  const bob = await chat.person('bob');
  await alice.open('bob');
  await bob.open('alice');
  assert.equal(await alice.send.isEnabled(), false);
  await alice.textField.fill('Hello');
  await alice.send.click();
  assert.equal(await alice.textField.inputValue(), '');
  assert.equal(await alice.send.isEnabled(), false);
  await alice.write('How are you?');
  await bob.sees({ messages: ['alice: Hello', 'How are you?'], own: [] });
  await bob.write('Fine', 'And you?');
  const told = (first, second) => [`${first}: Hello`, 'How are you?', `${second}: Fine`, 'And you?'];
  await alice.sees({ messages: told('(yourself)', 'bob'), own: ['Hello', 'How are you?'] });
  await bob.sees({ messages: told('alice', '(yourself)'), own: ['Fine', 'And you?'] });
});

scenario('S0-F8, S0-F13: a message to a conversation that is not open sets the badge, opening it clears it', async (chat) => {
  const { socket: bob } = await chat.guest('bob');
  const { socket: carol } = await chat.guest('carol');
  const alice = await chat.person('alice');
  const [{ userID: to }] = await alice.event('session');
  await alice.open('carol');
  bob.emit('private message', { content: 'psst', to });
  await alice.sees({ people: ['alice (yourself) | online', 'bob | online | !', 'carol | online'], messages: [] });
  carol.emit('private message', { content: 'hi', to });
  await alice.sees({ people: ['alice (yourself) | online', 'bob | online | !', 'carol | online'], messages: ['carol: hi'] });
  await alice.open('bob');
  await alice.sees({ people: ['alice (yourself) | online', 'bob | online', 'carol | online'], messages: ['bob: psst'] });
});

scenario('S0-F4, S0-F14: a second tab is the same person and shows what the first one sends', async (chat) => {
  const alice = await chat.person('alice');
  const bob = await chat.person('bob');
  const second = await alice.anotherTab();
  await second.sees({ form: false, people: ['alice (yourself) | online', 'bob | online'] });
  await second.open('bob');
  await alice.open('bob');
  await alice.write('from the first tab');
  await second.sees({ messages: ['(yourself): from the first tab'], own: ['from the first tab'] });
  await second.write('from the second');
  await alice.sees({ messages: ['(yourself): from the first tab', 'from the second'] });
  await bob.open('alice');
  await bob.sees({ people: ['bob (yourself) | online', 'alice | online'], messages: ['alice: from the first tab', 'from the second'] });
});

scenario('S0-F4: a reload keeps the identity and the history', async (chat) => {
  const alice = await chat.person('alice');
  const bob = await chat.person('bob');
  await alice.open('bob');
  await alice.write('before');
  await bob.sees({ people: ['bob (yourself) | online', 'alice | online | !'] });
  const session = () => alice.page.evaluate(() => localStorage.getItem('sessionID'));
  const former = await session();
  await alice.page.reload();
  await alice.sees({ form: false, people: ['alice (yourself) | online', 'bob | online'] });
  await alice.open('bob');
  await alice.sees({ messages: ['(yourself): before'] });
  assert.equal(await session(), former);
  await bob.sees({ people: ['bob (yourself) | online', 'alice | online | !'] });
});

scenario('S0-F9, S0-C9: a user is offline for the others when the last tab closes, and not before', async (chat) => {
  const alice = await chat.person('alice');
  const second = await alice.anotherTab();
  await second.sees({ people: ['alice (yourself) | online'] });
  const bob = await chat.person('bob');
  await alice.close();
  await second.open('bob');
  await second.write('still here');
  await bob.sees({ people: ['bob (yourself) | online', 'alice | online | !'] });
  await second.close();
  await bob.sees({ people: ['bob (yourself) | online', 'alice | offline | !'] });
  await chat.guest('carol'); // once bob has heard of her, he has heard all that came before
  await bob.event('user connected');
  assert.deepEqual(await bob.eventNames(), ['session', 'users', 'private message', 'user disconnected', 'user connected']);
});

scenario('S0-F4, S0-F9: what is sent to somebody offline is read after the return', async (chat) => {
  const alice = await chat.person('alice');
  const bob = await chat.person('bob');
  const emptyTab = await bob.page.context().newPage(); // keeps the browser, and so the identity, without the page
  await bob.close();
  await alice.sees({ people: ['alice (yourself) | online', 'bob | offline'] });
  await alice.open('bob');
  await alice.write('read this later');
  await emptyTab.close();
  const returned = await bob.anotherTab();
  await alice.sees({ people: ['alice (yourself) | online', 'bob | online'] });
  await returned.open('alice');
  await returned.sees({ messages: ['alice: read this later'] });
});

scenario('S0-F6: a session that the server does not know brings the form back', async (chat) => {
  const visitor = await chat.visitor();
  await visitor.page.evaluate(() => localStorage.setItem('sessionID', '0123456789abcdef'));
  await visitor.page.reload();
  await visitor.sees({ form: true });
  await visitor.page.getByText('Your last visit has expired').waitFor();
  await visitor.enter('alice');
  await visitor.sees({ form: false, people: ['alice (yourself) | online'] });
  assert.notEqual(await visitor.page.evaluate(() => localStorage.getItem('sessionID')), '0123456789abcdef');
});

scenario('S0-F6, S0-F10, S0-F15: without a connection the chat stays, and what is written goes out afterwards', async (chat) => {
  const bob = await chat.person('bob');
  const wire = await chat.wire();
  const alice = await chat.person('alice', { url: wire.url });
  await alice.open('bob');
  await alice.write('one');
  await bob.open('alice');
  await bob.sees({ messages: ['alice: one'] });
  wire.cut();
  await alice.sees({ form: false, people: ['alice (yourself) | offline', 'bob | online'] });
  await alice.page.getByText('Connection lost').waitFor();
  await bob.sees({ header: 'alice | offline' });
  await alice.write('two');
  await bob.write('three');
  await alice.sees({ messages: ['(yourself): one', 'two'] });
  wire.mend();
  await alice.sees({ people: ['alice (yourself) | online', 'bob | online'] });
  await bob.sees({ header: 'alice | online', messages: ['alice: one', '(yourself): three', 'alice: two'] });
  await alice.sees({ messages: ['(yourself): one', 'bob: three', '(yourself): two'] });
});

scenario('S0-F6: a server that cannot be reached at first is no reason for the form', async (chat) => {
  const wire = await chat.wire();
  const alice = await chat.visitor({ url: wire.url });
  wire.cut();
  await alice.nameField.fill('alice');
  await alice.send.click();
  await alice.page.getByText('Connecting…').waitFor();
  await alice.sees({ form: false, people: [] });
  wire.mend();
  await alice.sees({ people: ['alice (yourself) | online'] });
});

scenario('S0-F14: one can talk to oneself, once per note', async (chat) => {
  const alice = await chat.person('alice');
  const second = await alice.anotherTab();
  await alice.open('alice');
  await alice.write('buy milk');
  await alice.sees({ messages: ['(yourself): buy milk'], header: 'alice | online' });
  await second.sees({ people: ['alice (yourself) | online | !'] });
  await second.open('alice');
  await second.sees({ messages: ['(yourself): buy milk'], people: ['alice (yourself) | online'] });
  await alice.page.reload();
  await alice.open('alice');
  await alice.sees({ messages: ['(yourself): buy milk'] });
});

scenario('S0-F7, S0-F11: markup in names and messages is shown as text', async (chat) => {
  const script = '<script>document.title = "gone"</script>';
  const image = '<img src=x onerror="document.title=1">';
  const alice = await chat.person('alice');
  const { socket: mallory, users } = await chat.guest(script);
  const to = users.find((user) => user.username === 'alice').userID;
  for (const content of [script, image]) mallory.emit('private message', { content, to });
  await alice.sees({ people: ['alice (yourself) | online', `${script} | online | !`] });
  await alice.open(script);
  await alice.sees({ header: `${script} | online`, messages: [`${script}: ${script}`, image] });
  assert.equal(await alice.page.locator('.chat script, .chat img').count(), 0);
  assert.equal(await alice.page.title(), 'Private messaging with Socket.IO');
});

scenario('S0-F7, S0-F12: everything can be done with the keyboard', async (chat) => {
  const { socket: bob } = await chat.guest('bob');
  const visitor = await chat.visitor();
  const { keyboard } = visitor.page;
  await keyboard.type('alice');
  await keyboard.press('Enter');
  await visitor.sees({ people: ['alice (yourself) | online', 'bob | online'] });
  const focused = () => visitor.page.evaluate(() => document.activeElement.textContent);
  await keyboard.press('Tab');
  assert.match(await focused(), /alice/);
  await keyboard.press('ArrowDown');
  assert.match(await focused(), /bob/);
  await keyboard.press('Home');
  assert.match(await focused(), /alice/);
  await keyboard.press('Tab');
  assert.match(await focused(), /bob/);
  const outline = await visitor.page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, 'solid');
  await keyboard.press('Enter');
  await visitor.sees({ selected: ['bob'] });
  const received = next(bob, 'private message');
  await keyboard.type('first line');
  await keyboard.press('Shift+Enter');
  await keyboard.type('second line');
  await keyboard.press('Enter');
  await keyboard.press('Enter'); // nothing is written, nothing is sent
  await visitor.sees({ messages: ['(yourself): first line\nsecond line'] });
  assert.equal((await received)[0].content, 'first line\nsecond line');
});

scenario('S0-F11, S0-F13: new messages are announced, and do not pull a reader away from older ones', async (chat) => {
  const alice = await chat.person('alice');
  const { socket: bob, users } = await chat.guest('bob');
  const write = (content) => bob.emit('private message', { content, to: users.find((user) => user.username === 'alice').userID });
  await alice.open('bob');
  for (let number = 0; number < 40; number++) write(`line ${number}`);
  await alice.line('line 39').waitFor();
  const messages = alice.page.getByRole('log');
  const toEnd = () => messages.evaluate((log) => Math.round(log.scrollHeight - log.clientHeight - log.scrollTop));
  assert.equal(await toEnd(), 0);

  await messages.hover();
  await alice.page.mouse.wheel(0, -400);
  await alice.page.waitForFunction(() => {
    const log = document.querySelector('[role=log]');
    return log.scrollHeight - log.clientHeight - log.scrollTop > 300;
  });
  write('are you reading?');
  const more = alice.page.getByRole('button', { name: 'New messages' });
  await more.waitFor();
  assert.ok((await toEnd()) > 300);
  await alice.page.locator('[aria-live=polite]').getByText('New message from bob: are you reading?').waitFor({ state: 'attached' });
  await more.click();
  await more.waitFor({ state: 'detached' });
  assert.equal(await toEnd(), 0);
});

scenario('S0-F7, S0-F11: a phone shows the list or the conversation, with a way back', async (chat) => {
  const phone = { viewport: { width: 375, height: 667 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
  const { mira, jonas } = await conversation(chat, phone);
  const fits = () => mira.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  await mira.sees({ people: [], header: 'Jonas Weber | online' });
  assert.ok(await fits());
  await mira.picture('chat-phone.png');
  await mira.page.getByRole('button', { name: 'Back to the list' }).tap();
  await mira.sees({ header: undefined, selected: [] });
  assert.ok(await fits());
  assert.ok((await mira.row('Jonas Weber').boundingBox()).height >= 44);
  jonas.say('One more thing');
  await mira.row('Jonas Weber').getByText('!').waitFor();
  await mira.picture('chat-phone-list.png');
  await mira.row('Jonas Weber').tap();
  await mira.line('One more thing').waitFor();
  await mira.sees({ people: [] });
  const received = next(jonas.socket, 'private message');
  await mira.textField.fill('Yes?');
  await mira.send.tap();
  assert.equal((await received)[0].content, 'Yes?');
});

for (const colorScheme of ['light', 'dark']) {
  scenario(`S0-F7, S0-F11: the ${colorScheme} scheme is drawn with readable contrast`, async (chat) => {
    const visitor = await chat.visitor({ colorScheme });
    await visitor.nameField.fill('Mira');
    await visitor.page.locator('.welcome .primary:enabled').waitFor();
    await visitor.picture(`form-${colorScheme}.png`);
    assert.deepEqual(await visitor.faintTexts(['.welcome h1', '.welcome .soft', '.welcome .hint', '.welcome .primary']), []);
    const { mira } = await conversation(chat, { colorScheme });
    await mira.picture(`chat-${colorScheme}.png`);
    const texts = ['.user-name', '.user-self', '.user-status', '.user.selected .user-status', '.badge', '.avatar', '.panel-header h1'];
    const more = ['.conversation-header h2', '.sender', '.text', '.own .text', '.composer textarea', '.composer .hint', '.primary'];
    assert.deepEqual(await mira.faintTexts([...texts, ...more]), []);
    const ground = await mira.page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
    assert.ok(colorScheme === 'dark' ? Math.max(...ground) < 64 : Math.min(...ground) > 192, `body on ${ground}`);
    assert.deepEqual(mira.complaints, []);
  });
}

/** Mira, on the device described by `options`, in the middle of a conversation with Jonas, others around. */
async function conversation(chat, options) {
  const mira = await chat.person('Mira Okafor', options);
  const [{ userID: to }] = await mira.event('session');
  const join = async (name) => {
    const { socket } = await chat.guest(name);
    return { socket, say: (content) => socket.emit('private message', { content, to }) };
  };
  const sofia = await join('Sofía Morales');
  sofia.socket.disconnect();
  const lena = await join('Lena Brandt');
  await join('Tariq Rahman');
  const jonas = await join('Jonas Weber');
  await mira.open('Jonas Weber');
  const turns = [
    [jonas, 'Morning! Did the second server survive the night?', 'I saw the restart in the log around four.'],
    [mira, 'It did. Nobody noticed a thing, not even Tariq.', 'Both tabs came back by themselves and the history was there.'],
    [jonas, 'Lovely. Then I would move the other half over after lunch.'],
    [mira, 'Two o’clock? I will keep an eye on the connections while you switch.'],
    [jonas, 'Two it is. Coffee first ☕'],
  ];
  for (const [speaker, ...texts] of turns) {
    if (speaker === mira) await mira.write(...texts);
    else texts.forEach(speaker.say);
    await mira.line(texts.at(-1)).waitFor();
  }
  await mira.page.reload(); // puts the list in order
  await mira.open('Jonas Weber');
  lena.say('Lunch at twelve?');
  await mira.page.locator('.badge').waitFor({ state: 'attached' });
  return { mira, jonas };
}

// The browser's own permessage-deflate against ours, in both directions.
test('with --per-message-deflate long messages go both ways compressed', { timeout: 60_000, skip: onNode || Boolean(process.env.ROOMCAST_CHAT) }, async (t) => {
  const chat = await openChat(t, browser, ['--per-message-deflate']);
  const alice = await chat.person('alice');
  const bob = await chat.person('bob');
  await alice.open('bob');
  await bob.open('alice');
  const long = 'été 😀 and so on, '.repeat(200).trim();
  let count = 0;
  for (const writer of [alice, bob, alice]) {
    const reader = writer === alice ? bob : alice;
    const text = `${++count} ${long}`;
    await writer.write(text);
    await reader.page.waitForFunction((wanted) => document.body.innerText.includes(wanted), text);
  }
  const metrics = await (await fetch(`${chat.url}/metrics`)).text();
  const value = (which, direction) => Number(new RegExp(`^roomcast_deflate_${which}_bytes_total{direction="${direction}"} (\\d+)$`, 'm').exec(metrics)[1]);
  for (const direction of ['sent', 'received']) {
    assert.ok(value('plain', direction) >= 3 * Buffer.byteLength(long), direction);
    assert.ok(value('compressed', direction) < value('plain', direction) / 5, direction);
  }
  assert.deepEqual(alice.complaints, []);
});

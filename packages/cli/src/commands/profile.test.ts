import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand } from '../testing/run-command.ts'
import { type TemporaryHome, temporaryHome } from '../testing/temporary-home.ts'
import { TestTerminal } from '../testing/test-terminal.ts'

let home: TemporaryHome

beforeEach(() => {
  home = temporaryHome()
})
afterEach(() => home[Symbol.dispose]())

const run = (...words: string[]) => runCommand(['profile', ...words], { env: home.env, home: home.folder })
const path = () => join(home.folder, 'config/e6data/config.toml')

function writeConfig(text: string, mode = 0o600): void {
  mkdirSync(dirname(path()), { recursive: true })
  writeFileSync(path(), text)
  chmodSync(path(), mode)
}

test('a profile is added, listed and shown, and the rest of the file is unchanged', async () => {
  writeConfig('# my clusters\n\n[profiles.old]\nhost = "old.example" # kept\n')
  const added = await run(
    'add',
    'prod',
    '--default',
    '--host',
    'x.e6data.example',
    '--port',
    '443',
    '--secure',
    '-U',
    'me@x',
  )
  expect(added).toMatchObject({ exit: 0, stderr: '' })
  expect(readFileSync(path(), 'utf8')).toBe(
    [
      'default = "prod"',
      '',
      '# my clusters',
      '',
      '[profiles.old]',
      'host = "old.example" # kept',
      '',
      '[profiles.prod]',
      'host = "x.e6data.example"',
      'username = "me@x"',
      'port = 443',
      'secure = true',
      '',
    ].join('\n'),
  )
  expect(statSync(path()).mode & 0o777).toBe(0o600)
  expect((await run('list')).stdout).toBe('old\told.example\t\nprod\tx.e6data.example:443\tdefault\n')
  expect((await run('list', '--names')).stdout).toBe('old\nprod\n')
  expect(JSON.parse((await run('show', 'prod', '--json')).stdout)).toMatchObject({
    name: 'prod',
    port: 443,
    secure: true,
  })
})

test('another default replaces the first', async () => {
  await run('add', 'one', '--host', 'one.example', '--default')
  await run('add', 'two', '--host', 'two.example', '--default')
  expect(readFileSync(path(), 'utf8')).toMatch(/^default = "two"\n\n\[profiles\.one\]/)
})

test('a token in a profile is never shown', async () => {
  writeConfig(
    '[profiles.a]\nhost = "h"\npassword = "hush"\n[profiles.b]\nurl = "e6data://me:hush@h:80/c"\n[profiles.c]\nhost = "h"\naccess-token = "hush"\n',
  )
  const shown = await Promise.all([
    run('list'),
    run('show', 'a'),
    run('show', 'b'),
    run('show', 'c'),
    run('show', 'a', '--json'),
  ])
  for (const { exit, stdout } of shown) {
    expect(exit).toBe(0)
    expect(stdout).not.toContain('hush')
  }
  expect(shown[0]!.stdout).toContain('e6data://h:80/c')
})

test.each([
  ['a password', 'host = "h"\npassword = "hush"'],
  ['a URL with a token', 'url = "e6data://me:hush@h"'],
  ['an access token', 'host = "h"\naccess-token = "hush"'],
])('a file with %s that others can read is refused', async (_, lines) => {
  writeConfig(`[profiles.a]\n${lines}\n`, 0o644)
  const { exit, stderr } = await run('list')
  expect({ exit, stderr }).toEqual({
    exit: 2,
    stderr: `e6data profile list: ${path()} contains a token and can be read by others: run \`chmod 600 ${path()}\`\n`,
  })
})

test('a file without a token may be read by others', async () => {
  writeConfig('[profiles.a]\nhost = "h"\n', 0o644)
  expect((await run('list')).exit).toBe(0)
})

test.each([
  ['[profiles.a\n', 'is not valid TOML: check line 1'],
  ['[profiles.a]\npasword = "hush"\n', '[profiles.a] in'],
  ['[profiles.a]\nport = "80"\n', 'port of [profiles.a]'],
  ['default = "b"\n', 'default in'],
  ['defualt = "b"\n', 'has "defualt", which is unknown'],
  ['profiles = 3\n', 'must be a table'],
])('a file with %j fails with one line that shows no value', async (text, message) => {
  writeConfig(text)
  const { exit, stderr } = await run('list')
  expect(exit).toBe(2)
  expect(stderr).toMatch(/^e6data profile list: .+\n$/)
  expect(stderr).toContain(message)
  expect(stderr).not.toContain('hush')
})

test.each([
  [['add', 'a b', '--host', 'h'], 'the name of a profile is made of'],
  [['add', 'x'], 'give --host or --url: there is no terminal to prompt on'],
  [['add', 'x', '--host', 'h', '--password', 'hush'], 'a token on the command line is seen'],
  [['show', 'x'], 'there is no profile "x"'],
])('%j fails with one line', async (words, message) => {
  const { exit, stderr } = await run(...words)
  expect(exit).toBe(2)
  expect(stderr).toMatch(/^e6data profile \w+: .+\n$/)
  expect(stderr).toContain(message)
})

test('an existing profile is not overwritten', async () => {
  await run('add', 'one', '--host', 'one.example')
  const { exit, stderr } = await run('add', 'one', '--host', 'two.example')
  expect({ exit, stderr }).toMatchObject({ exit: 2, stderr: expect.stringContaining('the profile one exists already') })
})

test('prompts for missing values, and does not show the token', async () => {
  await using terminal = new TestTerminal(['profile', 'add', 'asked'], { env: home.env })
  await terminal.shows('Host:')
  terminal.line('h.example')
  await terminal.shows('User name:')
  terminal.line('me')
  await terminal.shows('Access token')
  terminal.line('hush')
  expect(await terminal.ended()).toBe(0)
  expect(terminal.raw).not.toContain('hush')
  expect(readFileSync(path(), 'utf8')).toContain(
    '[profiles.asked]\nhost = "h.example"\nusername = "me"\npassword = "hush"\n',
  )
})

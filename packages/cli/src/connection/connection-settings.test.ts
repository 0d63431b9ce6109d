import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { COMMANDS, optionsOf } from '../command-table.ts'
import { GivenValues } from '../table/given-values.ts'
import { type TemporaryHome, temporaryHome } from '../testing/temporary-home.ts'
import { connectionSettings } from './connection-settings.ts'

let home: TemporaryHome

beforeEach(() => {
  home = temporaryHome()
  mkdirSync(join(home.folder, 'config/e6data'), { recursive: true })
  const config = [
    'default = "usual"',
    '[profiles.usual]\nhost = "usual.example"\npassword = "usual-token"\ncatalog = "usual"',
    '[profiles.prod]\nhost = "prod.example"\nsecure = true\ncatalog = "prod"\npassword-file = "~/token"\nconnect-timeout = 3\ntls-ca = "ca.pem"',
    '[profiles.oauth]\nhost = "h"\naccess-token = "oauth-token"',
    '[profiles.url]\nurl = "e6data://me:in-url@url.example"\nauto-resume = false',
  ]
  writeFileSync(join(home.folder, 'config/e6data/config.toml'), config.join('\n'), { mode: 0o600 })
  writeFileSync(join(home.folder, 'token'), 'file-token\n', { mode: 0o600 })
})
afterEach(() => home[Symbol.dispose]())

function settings(options: Record<string, string | true>, env: Record<string, string> = {}) {
  const spec = COMMANDS.find(({ name }) => name === 'query')!
  const given = GivenValues.of(spec, optionsOf(spec), [], new Map(Object.entries(options)))
  const environment = { ...({} as typeof process), env: { ...home.env, ...env }, home: home.folder }
  const { options: found, ...facts } = connectionSettings({ given, environment: environment as never })
  const { userAgent, ...connect } = found
  expect(userAgent).toMatch(/^e6data-cli\/\d/)
  return { ...facts, connect }
}

test('the default profile is used when nothing names a host', () => {
  expect(settings({})).toEqual({
    profileName: 'usual',
    tokenSource: 'the profile',
    connect: { host: 'usual.example', password: 'usual-token', catalog: 'usual' },
  })
})

test.each([
  ['an option', { host: 'h' }, {}],
  ['the environment', {}, { E6DATA_HOST: 'h' }],
])('the default profile is not used when %s names a host', (_, options, env) => {
  expect(settings(options, env)).toMatchObject({ profileName: undefined, tokenSource: undefined })
  expect(settings(options, env).connect).not.toHaveProperty('password')
})

test('an option on the command line overrides the named profile', () => {
  expect(settings({ profile: 'prod', catalog: 'mine', plaintext: true }).connect).toEqual({
    host: 'prod.example',
    secure: false,
    catalog: 'mine',
    password: 'file-token',
    connectTimeoutMs: 3000,
    tls: { ca: 'ca.pem' },
  })
})

test('E6DATA_PROFILE names the profile, and --profile overrides it', () => {
  expect(settings({}, { E6DATA_PROFILE: 'prod' })).toMatchObject({
    profileName: 'prod',
    tokenSource: 'the file ~/token',
  })
  expect(settings({ profile: 'url' }, { E6DATA_PROFILE: 'prod' })).toMatchObject({
    profileName: 'url',
    tokenSource: 'the URL',
  })
})

test('a URL replaces a profile', () => {
  const env = { E6DATA_URL: 'e6data://me:secret@env.example' }
  expect(settings({}, env).connect).toEqual({ url: env.E6DATA_URL })
  expect(settings({ url: 'e6data://me@flag.example' }, env).connect).toEqual({ url: 'e6data://me@flag.example' })
  expect(settings({ profile: 'prod' }, env).connect.host).toBe('prod.example')
})

test.each([
  [{ url: 'e6data://me:secret@h' }, 'the URL of --url contains a token'],
  [{ url: 'jdbc:e6data://h:80/user=me&password=secret' }, 'the URL of --url contains a token'],
  [{ url: 'e6data://me@h?password=secret' }, 'the URL of --url contains a token'],
  [{ url: 'e6data://me@h', profile: 'prod' }, '--url and --profile exclude each other'],
  [{ profile: 'nowhere' }, 'there is no profile "nowhere"'],
  [{ secure: true, plaintext: true } as const, '--secure and --plaintext exclude each other'],
  [{ 'password-file': '/nowhere' }, 'the token file /nowhere does not exist'],
  [{ 'access-token-file': '/nowhere' }, 'the token file /nowhere does not exist'],
  [{ url: 'e6data://h?access-token=secret' }, 'the URL of --url contains a token'],
])('%j is refused, and no token is shown', (options, message) => {
  expect(() => settings(options as Record<string, string>)).toThrow(message)
  expect(() => settings(options as Record<string, string>)).not.toThrow(/secret@|=secret/)
})

test.each([
  ['empty', '', 'is empty'],
  ['two\nlines', 'two\nlines', 'more than one line'],
])('a token file that is %j is refused', (_, content, message) => {
  writeFileSync(join(home.folder, 'token'), content)
  expect(() => settings({ profile: 'prod' })).toThrow(message)
})

test('an access token replaces a user: from a file, the profile or the environment', () => {
  const file = join(home.folder, 'access')
  writeFileSync(file, 'first\n', { mode: 0o600 })
  const { tokenSource, connect } = settings({ host: 'h', 'access-token-file': file })
  expect(tokenSource).toBe(`the file ${file}`)
  const accessToken = connect.accessToken as () => string
  expect(accessToken()).toBe('first')
  writeFileSync(file, 'second\n')
  expect(accessToken()).toBe('second')
  expect(settings({ profile: 'oauth' })).toMatchObject({
    tokenSource: 'the profile',
    connect: { accessToken: 'oauth-token' },
  })
  const env = { E6DATA_ACCESS_TOKEN: 'x' }
  expect(settings({ host: 'h' }, env).tokenSource).toBe('E6DATA_ACCESS_TOKEN')
  expect(settings({ host: 'h', username: 'me' }, env).tokenSource).toBeUndefined()
})

test('with E6DATA_PASSWORD there is no prompt for the token', () => {
  expect(settings({ host: 'h' }, { E6DATA_PASSWORD: 'x' }).tokenSource).toBe('E6DATA_PASSWORD')
})

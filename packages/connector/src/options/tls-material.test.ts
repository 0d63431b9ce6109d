import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { selfSignedCertificate } from '../../test/self-signed-certificate.ts'
import { OptionsError } from '../errors.ts'
import type { ConnectOptions } from './connect-options.ts'
import { resolveOptions } from './resolve-options.ts'

const NO_ENV = {}
const CA = selfSignedCertificate('test authority')
const CLIENT = selfSignedCertificate('test client')
const IDENTITY = { host: 'localhost', username: 'ada', password: 'tok3n-secret' }

const resolve = (input: ConnectOptions | string, env: NodeJS.ProcessEnv = NO_ENV) => resolveOptions(input, env)

function faultsOf(input: ConnectOptions): readonly string[] {
  try {
    resolveOptions(input, NO_ENV)
  } catch (error) {
    expect(error).toBeInstanceOf(OptionsError)
    expect(inspect(error)).not.toContain('tok3n-secret')
    return (error as OptionsError).faults
  }
  throw new Error('nothing was thrown')
}

describe('TLS', () => {
  let folder = ''
  const file = (name: string, content: string) => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'e6data-tls-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  test('accepts each part as a path, as bytes, or as PEM text', () => {
    const { tls } = resolve({
      ...IDENTITY,
      secure: true,
      tls: {
        ca: file('ca.pem', CA.certificate),
        cert: Buffer.from(CLIENT.certificate),
        key: CLIENT.key,
        serverName: 'engine.test',
      },
    })
    expect(Buffer.from(tls.ca!).toString()).toBe(CA.certificate)
    expect(Buffer.from(tls.cert!).toString()).toBe(CLIENT.certificate)
    expect(Buffer.from(tls.key!).toString()).toBe(CLIENT.key)
    expect(tls.serverName).toBe('engine.test')
  })

  test('reads the paths from the environment and from a URL', () => {
    const ca = file('c&a.pem', CA.certificate)
    expect(resolve({ ...IDENTITY, secure: true }, { E6DATA_TLS_CA: ca }).tls.ca).toBeDefined()
    expect(resolve(`e6data://ada:x@localhost?secure=true&tls-ca=${encodeURIComponent(ca)}`).tls.ca).toBeDefined()
  })

  test('reports every unusable part', () => {
    expect(
      faultsOf({
        ...IDENTITY,
        secure: true,
        tls: { ca: join(folder, 'absent.pem'), cert: file('cert.pem', 'junk'), key: Buffer.from('tok3n-secret') },
      }),
    ).toEqual([
      'tls.ca: cannot read the file (ENOENT)',
      'tls.cert is not a PEM certificate',
      'tls.key is not an unencrypted PEM private key',
    ])
  })

  test('a folder instead of a file is reported', () => {
    expect(faultsOf({ ...IDENTITY, secure: true, tls: { ca: folder } })).toEqual([
      'tls.ca: cannot read the file (EISDIR)',
    ])
  })

  test('a certificate without its key, a key without its certificate, and a key of another one are refused', () => {
    const withTls = (tls: ConnectOptions['tls']) => ({ ...IDENTITY, secure: true, tls })
    expect(faultsOf(withTls({ cert: CLIENT.certificate }))).toEqual(['tls.cert needs tls.key'])
    expect(faultsOf(withTls({ key: CLIENT.key }))).toEqual(['tls.key needs tls.cert'])
    expect(faultsOf(withTls({ cert: CLIENT.certificate, key: CA.key }))).toEqual([
      'tls.key is not the private key of tls.cert',
    ])
  })

  test('is never silently ignored', () => {
    expect(faultsOf({ ...IDENTITY, tls: { ca: CA.certificate } })).toEqual(['secure must be true when tls is set'])
  })
})

describe('secrets', () => {
  test('resolved options print without the token and the private key', () => {
    const resolved = resolve({ ...IDENTITY, secure: true, tls: { cert: CLIENT.certificate, key: CLIENT.key } })
    if (resolved.credentials.kind !== 'password') throw new Error('a password was given')
    const { password } = resolved.credentials
    expect(password.reveal()).toBe(IDENTITY.password)
    const prints = [
      inspect(resolved, { depth: 9, showHidden: true }),
      JSON.stringify(resolved),
      String(password),
      inspect({ ...resolved }, { depth: 9 }),
    ]
    for (const print of prints) {
      expect(print).not.toContain(IDENTITY.password)
      expect(print).not.toContain('PRIVATE KEY')
      expect(print).not.toMatch(/2d 2d 2d 2d|45,45,45,45/) // the bytes of the hyphens that a PEM file begins with
    }
    expect(inspect(password)).toBe('[hidden]')
  })
})

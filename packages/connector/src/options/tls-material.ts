import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { inspect } from 'node:util'
import type { TlsMaterial, TlsOptions } from '../transport/channel-options.ts'

type PemPart = Exclude<keyof TlsOptions, 'serverName'>

/** The parser of each part, and the description of what it must be. */
const PEM_PARTS: { readonly [Part in PemPart]: { readonly what: string; parse(bytes: Buffer): unknown } } = {
  ca: { what: 'a PEM certificate', parse: (bytes) => new X509Certificate(bytes) },
  cert: { what: 'a PEM certificate', parse: (bytes) => new X509Certificate(bytes) },
  key: { what: 'an unencrypted PEM private key', parse: (bytes) => createPrivateKey(bytes) },
}

/**
 * Reads the TLS files. Adds a fault for each unusable part, so a wrong certificate is reported here instead of as a
 * failed handshake.
 */
export function readTlsMaterial(options: TlsOptions, faults: string[]): TlsMaterial {
  const material: TlsMaterial = {}
  for (const part of Object.keys(PEM_PARTS) as PemPart[]) {
    const given = options[part]
    const bytes = given === undefined ? undefined : readPem(part, given, faults)
    if (bytes) material[part] = bytes
  }
  if (options.serverName !== undefined) material.serverName = options.serverName
  if ((options.cert === undefined) !== (options.key === undefined)) {
    faults.push(
      `tls.${options.cert === undefined ? 'key' : 'cert'} needs tls.${options.cert === undefined ? 'cert' : 'key'}`,
    )
  }
  if (material.cert && material.key && !belongTogether(material.cert, material.key)) {
    faults.push('tls.key is not the private key of tls.cert')
  }
  return withHiddenKey(material)
}

function readPem(part: PemPart, given: string | Uint8Array, faults: string[]): Uint8Array | undefined {
  const bytes = bytesOf(part, given, faults)
  if (!bytes) return undefined
  const { what, parse } = PEM_PARTS[part]
  // The reason is omitted: OpenSSL's message does not help, and the bytes may be a key.
  if (succeeds(() => parse(bytes))) return bytes
  faults.push(`tls.${part} is not ${what}`)
  return undefined
}

function bytesOf(part: PemPart, given: string | Uint8Array, faults: string[]): Buffer | undefined {
  if (typeof given !== 'string') return Buffer.from(given)
  if (given.includes('-----BEGIN ')) return Buffer.from(given)
  try {
    return readFileSync(given)
  } catch (error) {
    faults.push(`tls.${part}: cannot read the file (${(error as NodeJS.ErrnoException).code})`)
    return undefined
  }
}

function belongTogether(cert: Uint8Array, key: Uint8Array): boolean {
  return succeeds(() => createSecureContext({ cert: Buffer.from(cert), key: Buffer.from(key) }))
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}

/** Hides the private key when options are printed. */
function withHiddenKey(material: TlsMaterial): TlsMaterial {
  const shown = () =>
    Object.fromEntries(
      Object.entries(material).map(([part, value]) => [
        part,
        typeof value === 'string' ? value : `[${value.length} bytes]`,
      ]),
    )
  Object.defineProperty(material, 'toJSON', { value: shown })
  Object.defineProperty(material, inspect.custom, { value: shown })
  return material
}

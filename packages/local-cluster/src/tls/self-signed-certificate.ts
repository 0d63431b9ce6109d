import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** A self-signed certificate and its key, in PEM form. A client trusts it with `cert` as its authority. */
export interface SelfSignedCertificate {
  cert: string
  key: string
}

/**
 * Creates a certificate with a new key for host names and IPv4 addresses.
 * @param names host names and addresses. @default `127.0.0.1` and `localhost`
 */
export function selfSignedCertificate(names: readonly string[] = ['127.0.0.1', 'localhost']): SelfSignedCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const subject = sequence(der(TAG.set, sequence(COMMON_NAME, der(TAG.utf8, Buffer.from(names[0] ?? 'localhost')))))
  // A serial number must not be negative, and two certificates of one issuer must differ in it.
  const serial = der(TAG.integer, Buffer.concat([Buffer.from([1]), randomBytes(8)]))
  const body = sequence(
    der(TAG.version, der(TAG.integer, Buffer.from([2]))),
    serial,
    ECDSA_WITH_SHA256,
    subject,
    sequence(utcTime('200101000000Z'), utcTime('491231235959Z')),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(TAG.extensions, sequence(alternativeNames(names), MAY_SIGN)),
  )
  const signature = der(TAG.bits, Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]))
  return {
    cert: pem(sequence(body, ECDSA_WITH_SHA256, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** Tags of the Distinguished Encoding Rules that a certificate needs. */
const TAG = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  utf8: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
  version: 0xa0,
  extensions: 0xa3,
  dnsName: 0x82,
  ipAddress: 0x87,
} as const

const COMMON_NAME = Buffer.from('0603550403', 'hex')
const ECDSA_WITH_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex')
const ALTERNATIVE_NAMES = Buffer.from('0603551d11', 'hex')
/** Basic constraints, critical: the certificate may sign, so that it can be its own authority. */
const MAY_SIGN = Buffer.from('300f0603551d130101ff040530030101ff', 'hex')

function alternativeNames(names: readonly string[]): Buffer {
  const members = names.map((name) =>
    isIPv4(name) ? der(TAG.ipAddress, Buffer.from(name.split('.').map(Number))) : der(TAG.dnsName, Buffer.from(name)),
  )
  return sequence(ALTERNATIVE_NAMES, der(TAG.octets, sequence(...members)))
}

function utcTime(text: string): Buffer {
  return der(TAG.utcTime, Buffer.from(text))
}

function sequence(...members: Buffer[]): Buffer {
  return der(TAG.sequence, Buffer.concat(members))
}

/** Encodes an element: tag, length, content. */
function der(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(content.length)]), content])
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

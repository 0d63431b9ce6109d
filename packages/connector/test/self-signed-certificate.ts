import { generateKeyPairSync, sign } from 'node:crypto'

/**
 * A self-signed certificate with its key, created for each run, so that the repository contains no key.
 * @param ipAddress an additional IPv4 address of the certificate
 */
export function selfSignedCertificate(
  commonName: string,
  ipAddress?: string,
): { readonly certificate: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const name = sequence(set(sequence(COMMON_NAME, der(0x0c, Buffer.from(commonName)))))
  const validity = sequence(der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('490101000000Z')))
  const serial = der(0x02, Buffer.from([1]))
  const subjectKey = publicKey.export({ type: 'spki', format: 'der' })
  const names = ipAddress === undefined ? [] : [alternativeNames(ipAddress)]
  const version = names.length > 0 ? [der(0xa0, der(0x02, Buffer.from([2])))] : []
  const facts = sequence(...version, serial, ECDSA_WITH_SHA256, name, validity, name, subjectKey, ...names)
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', facts, privateKey)]))
  return {
    certificate: pem('CERTIFICATE', sequence(facts, ECDSA_WITH_SHA256, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

const SUBJECT_ALTERNATIVE_NAME = Buffer.from('0603551d11', 'hex')
const COMMON_NAME = Buffer.from('0603550403', 'hex')
const ECDSA_WITH_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex')

function alternativeNames(ipAddress: string): Buffer {
  const address = der(0x87, Buffer.from(ipAddress.split('.').map(Number)))
  return der(0xa3, sequence(sequence(SUBJECT_ALTERNATIVE_NAME, der(0x04, sequence(address)))))
}

function sequence(...members: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(members))
}

function set(member: Buffer): Buffer {
  return der(0x31, member)
}

/** One element of the Distinguished Encoding Rules: tag, length, content. */
function der(tag: number, content: Buffer): Buffer {
  const length = content.length
  const lengthBytes = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...lengthBytes]), content])
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').replace(/(.{64})(?=.)/g, '$1\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}

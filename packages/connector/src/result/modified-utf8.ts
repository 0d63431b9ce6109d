import { DecodeError } from '../errors.ts'

/**
 * Java's `DataOutputStream.writeUTF` encoding: NUL takes two bytes, and a character beyond U+FFFF is a surrogate pair
 * of three bytes each. Plain UTF-8 (four-byte sequences) is also accepted, because engines were seen to send it.
 */
export function decodeModifiedUtf8(bytes: Uint8Array): string {
  let text = ''
  let at = 0
  while (at < bytes.length) {
    const lead = bytes[at]!
    if (lead < 0x80) {
      text += String.fromCharCode(lead)
      at += 1
      continue
    }
    const length = sequenceLength(lead)
    if (length === 0 || at + length > bytes.length)
      throw new DecodeError(`result metadata has a string that is not UTF-8`)
    let code = lead & (0xff >> (length + 1))
    for (let next = at + 1; next < at + length; next++) {
      const byte = bytes[next]!
      if ((byte & 0xc0) !== 0x80) throw new DecodeError('result metadata has a string that is not UTF-8')
      code = (code << 6) | (byte & 0x3f)
    }
    if (code > 0x10ffff) throw new DecodeError('result metadata has a string that is not UTF-8')
    text += String.fromCodePoint(code)
    at += length
  }
  return text
}

function sequenceLength(lead: number): number {
  if (lead >= 0xc0 && lead < 0xe0) return 2
  if (lead >= 0xe0 && lead < 0xf0) return 3
  return lead >= 0xf0 && lead < 0xf8 ? 4 : 0
}

export function encodeModifiedUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3)
  let at = 0
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit !== 0 && unit < 0x80) {
      bytes[at++] = unit
    } else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6)
      bytes[at++] = 0x80 | (unit & 0x3f)
    } else {
      bytes[at++] = 0xe0 | (unit >> 12)
      bytes[at++] = 0x80 | ((unit >> 6) & 0x3f)
      bytes[at++] = 0x80 | (unit & 0x3f)
    }
  }
  return bytes.subarray(0, at)
}

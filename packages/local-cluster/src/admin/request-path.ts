import type { IncomingMessage } from 'node:http'
import { AdminError } from './admin-error.ts'

/** The address of a request. @throws AdminError when it is none */
export function requestUrl({ url = '/' }: IncomingMessage): URL {
  if (!URL.canParse(url, 'http://admin')) throw new AdminError(400, 'bad_path', 'the path is not valid')
  return new URL(url, 'http://admin')
}

/** Decodes a part of a path. @throws AdminError when its percent signs encode no text */
export function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new AdminError(400, 'bad_path', 'the path is not valid: a percent sign in it encodes no text')
  }
}

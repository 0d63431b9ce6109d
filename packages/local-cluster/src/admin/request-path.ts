import type { IncomingMessage } from 'node:http'
import { AdminError } from './admin-error.ts'

/** The address of a request. @throws AdminError when it is not a valid URL */
export function requestUrl({ url = '/' }: IncomingMessage): URL {
  if (!URL.canParse(url, 'http://admin')) throw new AdminError(400, 'bad_path', 'the path is not valid')
  return new URL(url, 'http://admin')
}

/** Decodes a part of a path. @throws AdminError for an invalid percent encoding */
export function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new AdminError(400, 'bad_path', 'the path has an invalid percent encoding')
  }
}

import { readFile } from 'node:fs/promises'
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the page's files: next to this file, or next to the bundle when built. */
const PAGE_FOLDER = fileURLToPath(new URL('./page/', import.meta.url))

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Allows nothing from other origins, nothing inline, and no frames. */
const HEADERS: OutgoingHttpHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
}

/** Files of the installed charting library. */
const VENDORED: Readonly<Record<string, string>> = {
  '/page/vendor/uplot.js': 'uPlot.esm.js',
  '/page/vendor/uplot.css': 'uPlot.min.css',
}

const PAGE_FILE = /^\/page\/([a-z][a-z-]*\.(?:js|css|svg))$/

/** Serves the page and its files. @returns whether the path is one of them */
export async function servePageFile(path: string, response: ServerResponse): Promise<boolean> {
  const file = fileOf(path)
  if (file === undefined) return false
  const content = await readIfThere(file)
  if (content === undefined) return false
  response.writeHead(200, { ...HEADERS, 'content-type': MEDIA_TYPES[extname(file)] })
  response.end(content)
  return true
}

function fileOf(path: string): string | undefined {
  if (path === '/') return join(PAGE_FOLDER, 'console.html')
  const vendored = Object.hasOwn(VENDORED, path) ? VENDORED[path] : undefined
  if (vendored !== undefined) return join(dirname(createRequire(import.meta.url).resolve('uplot')), vendored)
  const name = PAGE_FILE.exec(path)?.[1]
  return name === undefined ? undefined : join(PAGE_FOLDER, name)
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

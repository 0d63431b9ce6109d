import type { IncomingMessage, ServerResponse } from 'node:http'

/** Serves what is not under `/api/`. @returns whether this path has a page. */
export type AdminPages = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean | Promise<boolean>

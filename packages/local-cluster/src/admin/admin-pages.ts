import type { IncomingMessage, ServerResponse } from 'node:http'

/** Serves what is not under `/api/`. @returns whether it had something for this path. */
export type AdminPages = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean | Promise<boolean>

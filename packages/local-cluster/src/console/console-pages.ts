import type { AdminPages } from '../admin/admin-pages.ts'
import { ADMIN_ROUTES } from '../admin/admin-routes.ts'

/** The pages that people see at the admin address: for now, what the API can do. */
export const consolePages: AdminPages = (_request, response, url) => {
  if (url.pathname !== '/') return false
  const routes = ADMIN_ROUTES.map(({ method, path, does }) => `${method.padEnd(6)} ${path.padEnd(30)} ${does}`)
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(
    `e6data local cluster\n\n${routes.join('\n')}\nGET    /api/events                    what happens, as server-sent events\n`,
  )
  return true
}

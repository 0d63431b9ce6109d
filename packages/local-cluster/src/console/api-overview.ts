import { ADMIN_ROUTES } from '../admin/admin-routes.ts'

/** What the admin API can do, for people who look with curl. */
export function apiOverview(): string {
  const events = { method: 'GET', path: '/api/events', does: 'what happens, as server-sent events' }
  const lines = [...ADMIN_ROUTES, events].map(
    ({ method, path, does }) => `${method.padEnd(6)} ${path.padEnd(30)} ${does}`,
  )
  return `e6data local cluster: the admin API\n\n${lines.join('\n')}\n`
}

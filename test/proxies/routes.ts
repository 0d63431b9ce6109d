/** The two deployments, as the `strategy` header names them. */
export type Deployment = 'blue' | 'green'

/** Which calls of a deployment's clients a proxy passes on; it answers the others with a bare 456. */
export type Served = 'all' | 'running' | 'nothing'

/** What a proxy serves at one time. */
export type Routes = Readonly<Record<Deployment, Served>>

/** Work that a call does: `running` calls name an engine by the header `plannerip`. */
export type Work = 'new' | 'running'

const WORK_SERVED: Readonly<Record<Served, readonly Work[]>> = {
  all: ['new', 'running'],
  running: ['running'],
  nothing: [],
}

export const DEPLOYMENTS: readonly Deployment[] = ['blue', 'green']
export const WORKS: readonly Work[] = ['new', 'running']

export function isServed(routes: Routes, deployment: Deployment, work: Work): boolean {
  return WORK_SERVED[routes[deployment]].includes(work)
}

/** Everything that is served, as a proxy looks it up: `blue:new` and the deployment it goes to. */
export function routeTable(routes: Routes): { key: string; deployment: Deployment }[] {
  return DEPLOYMENTS.flatMap((deployment) =>
    WORKS.filter((work) => isServed(routes, deployment, work)).map((work) => ({
      key: `${deployment}:${work}`,
      deployment,
    })),
  )
}

export function otherDeployment(deployment: Deployment): Deployment {
  return deployment === 'blue' ? 'green' : 'blue'
}

import { playRealProxies } from '../proxies/real-proxies.ts'
import type { Scenario } from './scenario.ts'

/** `npm run proxies` moves twenty times. */
const MOVES = 1

export const REAL_PROXY_SCENARIOS: readonly Scenario[] = [
  {
    id: 61,
    title: 'nginx, HAProxy and nghttpx are moved by a reload under load: 0 failed, lost, doubled or mixed',
    run: () => playRealProxies(MOVES),
  },
]

import { expect } from 'vitest'
import type { Call } from '../independent-server/call.ts'
import { bareStatus, type Decision, REFUSED, status } from '../independent-server/reply.ts'
import { runSelect, wordsFor } from '../scenarios/statements.ts'
import { onStage } from './on-stage.ts'

/** Blue has gone, each of its calls as said; green takes work once it has refused so many. */
const GREEN_REFUSES = 10

function untilGreenServes(blue: (call: Call) => Decision) {
  let refused = 0
  return (call: Call): Decision | undefined => {
    if (call.strategy === 'blue') return blue(call)
    return call.step === 'login' && refused++ < GREEN_REFUSES ? REFUSED : undefined
  }
}

onStage(
  'a prepare that a proxy answers with 404, while neither strategy takes a login, is held until one does',
  async (stage) => {
    const it = await stage.server()
    const client = await stage.client(it)
    expect(wordsFor(await runSelect(client, 'warm'))).toBe('ok')
    it.server.onCall = untilGreenServes(({ step }) => (step === 'login' ? REFUSED : bareStatus(404)))
    expect(await runSelect(client, 'a')).toMatchObject({ strategy: 'green' })
  },
)

onStage(
  'a connection whose login fails on the strategy in use, while the other one refuses it, is held until one takes it',
  async (stage) => {
    const it = await stage.server()
    const first = await stage.client(it)
    expect(wordsFor(await runSelect(first, 'warm'))).toBe('ok')
    it.server.onCall = untilGreenServes(() => status(12, 'unknown method'))
    const second = await stage.client(it)
    expect(await runSelect(second, 'a')).toMatchObject({ strategy: 'green' })
  },
)

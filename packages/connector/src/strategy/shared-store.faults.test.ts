import { chmodSync, chownSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { HostFolder, type OpenedStore, TEST_KEY } from '../../test/shared-host/host-folder.ts'
import { currentUser, PrivateFolder, parentFault, privacyFault } from './shared-files.ts'
import { openSharedStore } from './shared-store.ts'
import type { StrategyEvent } from './strategy-change.ts'
import { StrategyManager } from './strategy-manager.ts'
import { DEFAULT_STRATEGY_LIMITS, initialStrategyState, step } from './strategy-state.ts'

/** The error of the disk for writes: a code such as `ENOSPC`, or `undefined` when it works. */
const disk = vi.hoisted(() => ({ refusesWith: undefined as string | undefined }))

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>()
  const refusing =
    <Args extends unknown[], Result>(perform: (...args: Args) => Result) =>
    (...args: Args): Result => {
      if (disk.refusesWith === undefined) return perform(...args)
      throw Object.assign(new Error(`${disk.refusesWith}: the disk refuses`), { code: disk.refusesWith })
    }
  return {
    ...fs,
    writeFileSync: refusing(fs.writeFileSync),
    mkdirSync: refusing(fs.mkdirSync as (...args: unknown[]) => unknown),
    linkSync: refusing(fs.linkSync),
    renameSync: refusing(fs.renameSync),
  }
})

afterEach(() => {
  disk.refusesWith = undefined
})

const RETRY_MS = 30_000

function apply({ store }: OpenedStore, event: StrategyEvent, host: HostFolder): void {
  store.update((state) => step(state, event, host.clock.now(), DEFAULT_STRATEGY_LIMITS))
}

function activate(opened: OpenedStore, strategy: 'blue' | 'green', host: HostFolder): void {
  apply(opened, { kind: 'set-active', strategy }, host)
}

function expectMemoryWithOneWarning(opened: OpenedStore, host: HostFolder, reason: RegExp): void {
  activate(opened, 'green', host)
  activate(opened, 'blue', host)
  opened.store.pins.set('q-1', { strategy: 'blue', engineIp: '', lastActivityAt: host.clock.now() })
  opened.store.refresh()
  host.clock.advance(RETRY_MS * 3.5)
  expect(opened.store.read()).toMatchObject({ active: 'blue', epoch: 2 })
  expect(opened.store.pins.get('q-1')?.strategy).toBe('blue')
  expect(opened.notices).toEqual([{ kind: 'unavailable', reason: expect.stringMatching(reason) }])
}

/** A cluster's folder with one version that is not in use. */
function prepared(host: HostFolder): string {
  const opened = host.open()
  activate(opened, 'green', host)
  opened.store.close()
  return host.clusterFolder
}

function newestOf(cluster: string): string {
  const numbers = readdirSync(join(cluster, 'states')).map(Number)
  return join(cluster, 'states', String(Math.max(...numbers)))
}

describe('a shared store that cannot be used is replaced by memory, with one warning', () => {
  const places: Record<string, { spoil: (host: HostFolder) => void; reason: RegExp }> = {
    'the folder is missing': {
      spoil: (host) => rmSync(host.directory, { recursive: true }),
      reason: /ENOENT/,
    },
    'the private folder is a link': {
      spoil(host) {
        prepared(host)
        const elsewhere = join(host.directory, 'elsewhere')
        const { userFolder } = host
        renameSync(userFolder, elsewhere)
        symlinkSync(elsewhere, userFolder)
      },
      reason: /is not a folder/,
    },
    'the private folder is a file': {
      spoil: (host) => writeFileSync(join(host.directory, `e6data-${currentUser()}`), '', { mode: 0o600 }),
      reason: /is not a folder/,
    },
    'the private folder is open to others': {
      spoil: (host) => {
        const path = join(host.directory, `e6data-${currentUser()}`)
        mkdirSync(path)
        chmodSync(path, 0o755)
      },
      reason: /is open to other users/,
    },
    'others may replace the content of its parent folder': {
      spoil: (host) => chmodSync(host.directory, 0o777),
      reason: /lets other users replace/,
    },
    'the newest version is open to others': {
      spoil: (host) => chmodSync(newestOf(prepared(host)), 0o644),
      reason: /is open to other users/,
    },
    'the newest version is a link': {
      spoil(host) {
        const newest = newestOf(prepared(host))
        renameSync(newest, `${newest}.moved`)
        symlinkSync(`${newest}.moved`, newest)
      },
      reason: /is a link/,
    },
    'the newest version is a folder': {
      spoil(host) {
        const newest = newestOf(prepared(host))
        rmSync(newest)
        mkdirSync(newest, { mode: 0o700 })
      },
      reason: /is not a file/,
    },
    'the store has an unknown format': {
      spoil: (host) => writeFileSync(newestOf(prepared(host)), JSON.stringify({ format: 3, state: 'other' })),
      reason: /format 3/,
    },
  }
  for (const [name, { spoil, reason }] of Object.entries(places)) {
    it(name, () => {
      using host = new HostFolder()
      spoil(host)
      expectMemoryWithOneWarning(host.open(), host, reason)
    })
  }

  for (const code of ['ENOSPC', 'EROFS', 'EACCES', 'EMFILE']) {
    it(`the disk fails with ${code} from the beginning`, () => {
      using host = new HostFolder()
      disk.refusesWith = code
      expectMemoryWithOneWarning(host.open(), host, new RegExp(code))
    })

    it(`the disk suddenly fails with ${code}`, () => {
      using host = new HostFolder()
      const opened = host.open()
      disk.refusesWith = code
      expectMemoryWithOneWarning(opened, host, new RegExp(code))
    })
  }

  // Only an administrator can change the owner of a folder; `privacyFault` is tested below for all users.
  if (currentUser() === 0) {
    it('the private folder belongs to another user', () => {
      using host = new HostFolder()
      prepared(host)
      chownSync(host.userFolder, 12_345, 12_345)
      expectMemoryWithOneWarning(host.open(), host, /belongs to another user/)
    })
  }
})

describe('a shared store that is torn', () => {
  for (const [name, text] of Object.entries({
    'cut off': '{"format":2,"publishedAt":1,"sta',
    empty: '',
    'no JSON at all': '\u0000\u0001',
    'an invalid state': JSON.stringify({ format: 2, publishedAt: 1, state: { epoch: -1 } }),
    'a time that lies ahead': JSON.stringify({ format: 2, publishedAt: 1e15, state: {} }),
  })) {
    it(`is left alone at first, and repaired after a while: ${name}`, () => {
      using host = new HostFolder()
      const cluster = prepared(host)
      writeFileSync(newestOf(cluster), text)
      const opened = host.open()
      activate(opened, 'blue', host)
      expect(opened.store.read()).toMatchObject({ active: 'blue', epoch: 1 })
      host.clock.advance(RETRY_MS * 1.5)
      expect(opened.notices).toEqual([
        { kind: 'unavailable', reason: expect.stringMatching(/damaged/) },
        { kind: 'available' },
      ])
      expect(host.open().store.read()).toMatchObject({ active: 'blue', epoch: 1 })
    })
  }

  it('a torn check time is harmless', () => {
    using host = new HostFolder()
    const cluster = prepared(host)
    writeFileSync(join(cluster, 'checked'), '{"form', { mode: 0o600 })
    const opened = host.open()
    expect(opened.store.read().active).toBe('green')
    expect(opened.notices).toEqual([])
  })
})

describe('a shared store that is usable again', () => {
  it('shares the changes this process made alone, and its queries', () => {
    using host = new HostFolder()
    const opened = host.open()
    activate(opened, 'blue', host)
    disk.refusesWith = 'ENOSPC'
    host.clock.pause(1000)
    activate(opened, 'green', host)
    opened.store.pins.set('q-1', { strategy: 'green', engineIp: '', lastActivityAt: host.clock.now() })
    disk.refusesWith = undefined
    host.clock.advance(RETRY_MS * 1.5)
    const { store: other } = host.open()
    expect(other.read()).toMatchObject({ active: 'green', epoch: 2 })
    expect(other.pins.get('q-1')?.strategy).toBe('green')
    expect(opened.notices.map(({ kind }) => kind)).toEqual(['unavailable', 'available'])
  })

  it('keeps an announcement that only this process received', () => {
    using host = new HostFolder()
    const opened = host.open()
    activate(opened, 'blue', host)
    disk.refusesWith = 'ENOSPC'
    apply(opened, { kind: 'set-pending', strategy: 'green' }, host)
    disk.refusesWith = undefined
    host.clock.advance(RETRY_MS * 1.5)
    expect(opened.store.read()).toMatchObject({ active: 'blue', epoch: 1, pending: { strategy: 'green' } })
    expect(host.open().store.read().pending).toEqual({ strategy: 'green', ready: false })
  })

  it('changes made alone after others had switched win, in an epoch above both', () => {
    using host = new HostFolder()
    const opened = host.open()
    const other = host.open()
    activate(opened, 'blue', host)
    other.store.refresh()
    disk.refusesWith = 'ENOSPC'
    opened.store.refresh()
    apply(opened, { kind: 'set-pending', strategy: 'green' }, host)
    disk.refusesWith = undefined
    activate(other, 'green', host)
    host.clock.pause(1000)
    apply(opened, { kind: 'clear' }, host)
    activate(opened, 'blue', host)
    host.clock.advance(RETRY_MS * 1.5)
    expect(opened.store.read()).toMatchObject({ active: 'blue', epoch: 4 })
    expect(other.store.read()).toEqual(opened.store.read())
  })

  it('later confirmations by others win over changes made alone', () => {
    using host = new HostFolder()
    const opened = host.open()
    const other = host.open()
    activate(opened, 'blue', host)
    other.store.refresh()
    disk.refusesWith = 'ENOSPC'
    activate(opened, 'green', host)
    disk.refusesWith = undefined
    host.clock.advance(1000)
    activate(other, 'green', host)
    activate(other, 'blue', host)
    host.clock.advance(RETRY_MS * 1.5)
    expect(opened.store.read()).toMatchObject({ active: 'blue', epoch: 3 })
    expect(opened.store.read()).toEqual(other.store.read())
  })

  it('a removed folder is created again, and no epoch goes back', () => {
    using host = new HostFolder()
    const one = host.open()
    const two = host.open()
    for (const strategy of ['blue', 'green', 'blue'] as const) activate(one, strategy, host)
    two.store.refresh()
    rmSync(host.userFolder, { recursive: true })
    activate(one, 'green', host)
    host.clock.advance(RETRY_MS * 2)
    two.store.refresh()
    expect(one.store.read()).toMatchObject({ active: 'green', epoch: 4 })
    expect(two.store.read()).toMatchObject({ active: 'green', epoch: 4 })
  })

  it('a second loss is a second warning', () => {
    using host = new HostFolder()
    const opened = host.open()
    for (const strategy of ['blue', 'green'] as const) {
      disk.refusesWith = 'ENOSPC'
      activate(opened, strategy, host)
      disk.refusesWith = undefined
      host.clock.advance(RETRY_MS * 1.5)
    }
    expect(opened.notices.map(({ kind }) => kind)).toEqual(['unavailable', 'available', 'unavailable', 'available'])
  })
})

describe('a manager with a shared store', () => {
  it('counts and logs its loss once, and continues', () => {
    using host = new HostFolder()
    disk.refusesWith = 'EROFS'
    const warnings: object[] = []
    const ignore = () => undefined
    const logger = { debug: ignore, info: ignore, error: ignore, warn: (facts: object) => warnings.push(facts) }
    const store = openSharedStore({
      key: TEST_KEY,
      directory: host.directory,
      initial: initialStrategyState(DEFAULT_STRATEGY_LIMITS),
      clock: host.clock,
    })
    const manager = new StrategyManager({ store, clock: host.clock, logger })
    manager.setActiveStrategy('green')
    host.clock.advance(RETRY_MS * 5)
    expect(manager.getActiveStrategy()).toBe('green')
    expect(manager.inspect().counts).toMatchObject({ 'strategy:store-unavailable': 1 })
    expect(warnings).toEqual([{ reason: expect.stringMatching(/EROFS/) }])
    manager.close()
  })
})

describe('the owner of a folder or file', () => {
  const stats = (uid: number, mode: number, kind: 'folder' | 'file') => ({
    uid,
    mode,
    isDirectory: () => kind === 'folder',
    isFile: () => kind === 'file',
  })

  it('counts, and so do its mode and its kind', () => {
    expect(privacyFault(stats(7, 0o40700, 'folder'), 'folder', 7)).toBeUndefined()
    expect(privacyFault(stats(7, 0o100600, 'file'), 'file', 7)).toBeUndefined()
    expect(privacyFault(stats(8, 0o40700, 'folder'), 'folder', 7)).toBe('belongs to another user')
    expect(privacyFault(stats(0, 0o100600, 'file'), 'file', 7)).toBe('belongs to another user')
    expect(privacyFault(stats(7, 0o40701, 'folder'), 'folder', 7)).toBe('is open to other users')
    expect(privacyFault(stats(7, 0o100640, 'file'), 'file', 7)).toBe('is open to other users')
    expect(privacyFault(stats(7, 0o40700, 'folder'), 'file', 7)).toBe('is not a file')
  })

  it('is not compared on systems without user ids', () => {
    expect(privacyFault(stats(0, 0o40777, 'folder'), 'folder', undefined)).toBeUndefined()
  })

  it('a world-writable folder must protect its content from replacement', () => {
    expect(parentFault(stats(0, 0o41777, 'folder'))).toBeUndefined()
    expect(parentFault(stats(0, 0o40755, 'folder'))).toBeUndefined()
    expect(parentFault(stats(0, 0o40777, 'folder'))).toBe('lets other users replace its content')
    expect(parentFault(stats(0, 0o40700, 'file'))).toBe('is not a folder')
  })
})

describe('the folder of the state', () => {
  it('is the first usable place', () => {
    using host = new HostFolder()
    const file = join(host.directory, 'file')
    writeFileSync(file, '')
    const missing = join(host.directory, 'missing')
    const folder = PrivateFolder.openInFirst([missing, file, host.directory], 'mine')
    expect(folder.path).toBe(join(host.directory, 'mine'))
  })

  it('is none when no place is usable, and the fault is that of the first', () => {
    using host = new HostFolder()
    const missing = join(host.directory, 'missing')
    const file = join(host.directory, 'file')
    writeFileSync(file, '')
    expect(() => PrivateFolder.openInFirst([missing, file], 'mine')).toThrow(/ENOENT.*missing/)
    disk.refusesWith = 'EROFS'
    expect(() => PrivateFolder.openInFirst([host.directory], 'mine')).toThrow('EROFS')
  })
})

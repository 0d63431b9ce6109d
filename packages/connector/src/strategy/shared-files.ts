import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  type Stats,
  unlinkSync,
  utimesSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { renamePatiently } from './rename-patiently.ts'

/**
 * Everything the shared store asks of the file system. Calls are synchronous: on a memory file system each takes a few
 * microseconds, and none is on the path of a call to the engine. Whatever fails, or isn't private to this user, is
 * thrown as a `StoreFault` or as Node's own error; the store catches both.
 */

const PRIVATE_FOLDER = 0o700
const PRIVATE_FILE = 0o600
const OPEN_TO_OTHERS = 0o077
const WRITABLE_BY_OTHERS = 0o022
const STICKY = 0o1000

/** No file of the store is larger; what is, was not written by it. */
const LARGEST_FILE_BYTES = 4 << 20

/** `O_NOFOLLOW` refuses links; `O_NONBLOCK` keeps a pipe in the file's place from blocking the process. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** Why the shared store can't be used. Never leaves the store: it goes on in memory, and tells the reason as news. */
export class StoreFault extends Error {
  constructor(
    reason: string,
    /** `damaged` content may be replaced by this version's own; all else is left alone. */
    readonly kind: 'damaged' | 'foreign',
    cause?: unknown,
  ) {
    super(reason, cause === undefined ? undefined : { cause })
  }
}

export function isMissing(error: unknown): boolean {
  return isCode(error, 'ENOENT')
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code
}

/** The user that this process acts as; `undefined` where there are no user numbers, and then none are compared. */
export function currentUser(): number | undefined {
  return process.geteuid?.()
}

/** Where the state is shared unless a program chooses: memory shared by the host, else the folder for temporary files. */
export const DEFAULT_DIRECTORIES: readonly string[] = ['/dev/shm', tmpdir()]

/** Whether `stats` are of a folder or file that only `user` can read or change; the fault in words if not. */
export function privacyFault(
  stats: Pick<Stats, 'uid' | 'mode' | 'isDirectory' | 'isFile'>,
  expected: 'folder' | 'file',
  user: number | undefined,
): string | undefined {
  if (expected === 'folder' ? !stats.isDirectory() : !stats.isFile()) return `is no ${expected}`
  if (user === undefined) return undefined
  if (stats.uid !== user) return 'belongs to another user'
  return stats.mode & OPEN_TO_OTHERS ? 'is open to other users' : undefined
}

/** Whether others could put a folder of theirs in the place of one in this folder; the fault in words if so. */
export function parentFault(stats: Pick<Stats, 'mode' | 'isDirectory'>): string | undefined {
  if (!stats.isDirectory()) return 'is no folder'
  const isSafe = (stats.mode & WRITABLE_BY_OTHERS) === 0 || (stats.mode & STICKY) !== 0
  return isSafe || currentUser() === undefined ? undefined : 'lets other users replace what is in it'
}

/** A folder of mode 0700 that this user owns, with files of mode 0600 in it. */
export class PrivateFolder {
  private constructor(readonly path: string) {}

  /** Opens `parent/name`, and makes it if need be. A link, or what others could read or change, is refused. */
  /**
   * Opens this user's folder in the first of `parents` where one can be had and written to.
   * @throws what opening it in the first of them threw, when it can be had in none
   */
  static openInFirst(parents: readonly string[], name: string): PrivateFolder {
    const faults: unknown[] = []
    for (const parent of parents) {
      try {
        const folder = PrivateFolder.open(parent, name)
        accessSync(folder.path, constants.W_OK)
        return folder
      } catch (error) {
        faults.push(error)
      }
    }
    throw faults[0]
  }

  static open(parent: string, name: string): PrivateFolder {
    const fault = parentFault(lstatSync(parent))
    if (fault) throw new StoreFault(`the folder ${parent} ${fault}`, 'foreign')
    return PrivateFolder.#openChecked(join(parent, name))
  }

  static #openChecked(path: string): PrivateFolder {
    try {
      mkdirSync(path, { mode: PRIVATE_FOLDER })
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error
    }
    const fault = privacyFault(lstatSync(path), 'folder', currentUser())
    if (fault) throw new StoreFault(`${path} ${fault}`, 'foreign')
    return new PrivateFolder(path)
  }

  folder(name: string): PrivateFolder {
    return PrivateFolder.#openChecked(join(this.path, name))
  }

  names(): string[] {
    return readdirSync(this.path)
  }

  has(name: string): boolean {
    return existsSync(join(this.path, name))
  }

  /** Changes whenever the file is replaced; `undefined` when there is none. */
  stamp(name: string): string | undefined {
    const stats = lstatSync(join(this.path, name), { throwIfNoEntry: false })
    return stats && `${stats.ino}/${stats.mtimeMs}/${stats.size}`
  }

  /** Marks the folder as in use, for those who ask how long ago that was. */
  touch(): void {
    const now = new Date()
    utimesSync(this.path, now, now)
  }

  /** How long nothing was put into or taken from a folder, nor was it touched; by the wall clock, so only for long times. */
  untouchedMs(name: string): number {
    const stats = lstatSync(join(this.path, name), { throwIfNoEntry: false })
    return stats ? Date.now() - stats.mtimeMs : 0
  }

  /** The text of a file; `undefined` when there is none. */
  read(name: string): string | undefined {
    const path = join(this.path, name)
    let file: number
    try {
      file = openSync(path, OPEN_FLAGS)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw isCode(error, 'ELOOP') ? new StoreFault(`${path} is a link`, 'foreign', error) : error
    }
    try {
      const stats = fstatSync(file)
      const fault = privacyFault(stats, 'file', currentUser())
      if (fault) throw new StoreFault(`${path} ${fault}`, 'foreign')
      if (stats.size > LARGEST_FILE_BYTES) throw new StoreFault(`${path} is too large`, 'damaged')
      const bytes = Buffer.allocUnsafe(stats.size)
      return bytes.toString('utf8', 0, readSync(file, bytes))
    } finally {
      closeSync(file)
    }
  }

  /** Puts a whole file in place, unless one of the name is there already. Made in `making`, so that none is half written. */
  publish(name: string, text: string, making: DraftFolder): 'published' | 'taken' {
    return making.draft(text, (draft) => {
      try {
        linkSync(draft, join(this.path, name))
        return 'published'
      } catch (error) {
        if (isCode(error, 'EEXIST')) return 'taken'
        throw error
      } finally {
        unlinkSync(draft)
      }
    })
  }

  /** Puts a whole file in the place of the one of the name, if there is one. */
  replace(name: string, text: string, making: DraftFolder): void {
    making.draft(text, (draft) => renamePatiently(draft, join(this.path, name)))
  }

  remove(name: string): void {
    rmSync(join(this.path, name), { force: true, recursive: true })
  }

  /** Makes a folder that must not be there yet. */
  makeNew(name: string): PrivateFolder {
    const path = join(this.path, name)
    mkdirSync(path, { mode: PRIVATE_FOLDER })
    return new PrivateFolder(path)
  }

  /** Takes a folder away in one step, so that nobody can write into it any more. `undefined` when it is gone already. */
  takeAway(name: string, making: DraftFolder): PrivateFolder | undefined {
    const taken = making.nextPath()
    try {
      renamePatiently(join(this.path, name), taken)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
    return new PrivateFolder(taken)
  }

  removeAll(): void {
    rmSync(this.path, { force: true, recursive: true })
  }

  /**
   * Reports changes in the folder without keeping the process alive. Stops without an error when the system stops it.
   * @throws Error where a folder can't be watched so: in Deno a watcher keeps the process alive, also one that is unreferenced
   */
  watch(onNews: () => void): () => void {
    if ('deno' in process.versions) throw new Error('Deno would not end while a folder is watched')
    const watcher = watch(this.path, { persistent: false }, onNews)
    watcher.on('error', () => watcher.close())
    return () => watcher.close()
  }
}

/** Where files are made before they are put in place. Each name begins with its maker's, who may die half-way. */
export class DraftFolder {
  #drafts = 0

  constructor(
    readonly folder: PrivateFolder,
    private readonly maker: string,
  ) {}

  nextPath(): string {
    this.#drafts += 1
    return join(this.folder.path, `${this.maker}.${this.#drafts}`)
  }

  draft<T>(text: string, use: (path: string) => T): T {
    const path = this.nextPath()
    try {
      writeFileSync(path, text, { flag: 'wx', mode: PRIVATE_FILE })
      return use(path)
    } catch (error) {
      rmSync(path, { force: true }) // what a full disk has left of it
      throw error
    }
  }
}

/**
 * What tells this host's processes from those whose clocks and process numbers mean something else: the boot, and the
 * name spaces of process numbers and time that a container may have of its own. Empty where the system doesn't say.
 */
export function hostIdentity(): string {
  const boot = firstLineOf('/proc/sys/kernel/random/boot_id')
  return [boot, linkOf('/proc/self/ns/pid'), linkOf('/proc/self/ns/time')].join('|')
}

function firstLineOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').split('\n', 1)[0] ?? ''
  } catch {
    return '' // Not every system has it, and then nothing is told apart by it.
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return '' // As above.
  }
}

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
 * The shared store's access to the file system. Calls are synchronous: on a memory file system each takes a few
 * microseconds, and none is on the path of a call to the engine. Anything that fails, or is not private to this user,
 * is thrown as a `StoreFault` or as Node's own error; the store catches both.
 */

const PRIVATE_FOLDER = 0o700
const PRIVATE_FILE = 0o600
const OPEN_TO_OTHERS = 0o077
const WRITABLE_BY_OTHERS = 0o022
const STICKY = 0o1000

/** The maximum size of a file; a larger one was not written by the store. */
const LARGEST_FILE_BYTES = 4 << 20

/** `O_NOFOLLOW` rejects links; `O_NONBLOCK` keeps a pipe in the file's place from blocking the process. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * The reason why the shared store is unusable. Never leaves the store, which continues in memory and reports the reason
 * as a notice.
 */
export class StoreFault extends Error {
  constructor(
    reason: string,
    /** `damaged` content may be replaced by this version's own; other content is left alone. */
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

/** The effective user id of this process; `undefined` where there are none, and then none are compared. */
export function currentUser(): number | undefined {
  return process.geteuid?.()
}

/** The default folders for shared state: memory shared by the host, otherwise the folder for temporary files. */
export const DEFAULT_DIRECTORIES: readonly string[] = ['/dev/shm', tmpdir()]

/** Returns why a folder or file is not private to `user`; `undefined` if only that user can read and change it. */
export function privacyFault(
  stats: Pick<Stats, 'uid' | 'mode' | 'isDirectory' | 'isFile'>,
  expected: 'folder' | 'file',
  user: number | undefined,
): string | undefined {
  if (expected === 'folder' ? !stats.isDirectory() : !stats.isFile()) return `is not a ${expected}`
  if (user === undefined) return undefined
  if (stats.uid !== user) return 'belongs to another user'
  return stats.mode & OPEN_TO_OTHERS ? 'is open to other users' : undefined
}

/** Returns why other users could replace a folder within this one; `undefined` if they cannot. */
export function parentFault(stats: Pick<Stats, 'mode' | 'isDirectory'>): string | undefined {
  if (!stats.isDirectory()) return 'is not a folder'
  const isSafe = (stats.mode & WRITABLE_BY_OTHERS) === 0 || (stats.mode & STICKY) !== 0
  return isSafe || currentUser() === undefined ? undefined : 'lets other users replace its content'
}

/** A folder with mode 0700 that this user owns; its files have mode 0600. */
export class PrivateFolder {
  private constructor(readonly path: string) {}

  /**
   * Opens `parent/name`, and creates it if necessary. Links, and folders that others could read or change, are
   * rejected.
   */
  /**
   * Opens this user's folder in the first of `parents` where that is possible and writable.
   * @throws the error for the first of them, if none is usable
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

  /** Changes whenever the file is replaced; `undefined` if there is no file. */
  stamp(name: string): string | undefined {
    const stats = lstatSync(join(this.path, name), { throwIfNoEntry: false })
    return stats && `${stats.ino}/${stats.mtimeMs}/${stats.size}`
  }

  /** Marks the folder as used, for `untouchedMs`. */
  touch(): void {
    const now = new Date()
    utimesSync(this.path, now, now)
  }

  /**
   * Returns the time since a folder was last changed or touched, in milliseconds of the wall clock, so only for long
   * times.
   */
  untouchedMs(name: string): number {
    const stats = lstatSync(join(this.path, name), { throwIfNoEntry: false })
    return stats ? Date.now() - stats.mtimeMs : 0
  }

  /** Returns the content of a file; `undefined` if there is no file. */
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

  /**
   * Puts a complete file in place, unless one with that name exists. It is written in `making`, so it is never half
   * written.
   */
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

  /** Puts a complete file in place, and replaces an existing one. */
  replace(name: string, text: string, making: DraftFolder): void {
    making.draft(text, (draft) => renamePatiently(draft, join(this.path, name)))
  }

  remove(name: string): void {
    rmSync(join(this.path, name), { force: true, recursive: true })
  }

  /** Creates a folder that must not exist yet. */
  makeNew(name: string): PrivateFolder {
    const path = join(this.path, name)
    mkdirSync(path, { mode: PRIVATE_FOLDER })
    return new PrivateFolder(path)
  }

  /** Moves a folder away in one step, so that no process can write to it. `undefined` if it is already gone. */
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
   * @throws Error where this is not possible: in Deno even an unreferenced watcher keeps the process alive
   */
  watch(onNews: () => void): () => void {
    if ('deno' in process.versions) throw new Error('Deno would not exit while a folder is watched')
    const watcher = watch(this.path, { persistent: false }, onNews)
    watcher.on('error', () => watcher.close())
    return () => watcher.close()
  }
}

/**
 * The folder in which files are written before they are put in place. Each name starts with its writer's, which may die
 * midway.
 */
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
      rmSync(path, { force: true }) // Removes the remains after a full disk.
      throw error
    }
  }
}

/**
 * Distinguishes processes whose clocks and process numbers have another meaning: by the boot, and by the namespaces of
 * a container for process numbers and time. Empty if the system does not report it.
 */
export function hostIdentity(): string {
  const boot = firstLineOf('/proc/sys/kernel/random/boot_id')
  return [boot, linkOf('/proc/self/ns/pid'), linkOf('/proc/self/ns/time')].join('|')
}

function firstLineOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').split('\n', 1)[0] ?? ''
  } catch {
    return '' // Not every system has it.
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return '' // As above.
  }
}

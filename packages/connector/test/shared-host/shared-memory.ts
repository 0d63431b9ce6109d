import { existsSync } from 'node:fs'
import { DEFAULT_DIRECTORIES } from '../../src/strategy/shared-files.ts'

/** The parent of the tests' folders: in memory, if the host has such a place. */
export const SHARED_MEMORY = DEFAULT_DIRECTORIES.find((directory) => existsSync(directory))!

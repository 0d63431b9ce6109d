import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What `package-lock.json` knows of an installed package. */
interface Locked {
  name?: string
  version?: string
  license?: string
  integrity?: string
  link?: boolean
  resolved?: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

const LOCK = fileURLToPath(new URL('../package-lock.json', import.meta.url))

/**
 * The bill of materials of a workspace, as CycloneDX 1.6: everything that installing it brings along, from the lock file.
 * @param folder of the workspace, such as `packages/cli`
 * @throws Error when the lock file does not know a dependency
 */
export function billOfMaterials(folder: string): object {
  const { packages } = JSON.parse(readFileSync(LOCK, 'utf8')) as { packages: Record<string, Locked> }
  const found = new Map<string, { name: string; locked: Locked; needs: string[] }>()

  /** Node's way up: a dependency lies in the `node_modules` of the package that needs it, or of a folder above. */
  const placeOf = (name: string, from: string): string | undefined => {
    for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
      const place = `${at === '' ? '' : `${at}/`}node_modules/${name}`
      const locked = packages[place]
      if (locked) return locked.link ? locked.resolved! : place
      if (at === '') return undefined
    }
  }
  const visit = (place: string, name: string): string => {
    const locked = packages[place]!
    const reference = `${locked.name ?? name}@${locked.version}`
    if (found.has(reference)) return reference
    const entry = { name: locked.name ?? name, locked, needs: [] as string[] }
    found.set(reference, entry)
    for (const needed of Object.keys(locked.dependencies ?? {})) {
      const at = placeOf(needed, place)
      if (at === undefined) throw new Error(`package-lock.json has no ${needed}, which ${name} needs`)
      entry.needs.push(visit(at, needed))
    }
    for (const wished of Object.keys(locked.optionalDependencies ?? {})) {
      const at = placeOf(wished, place)
      if (at !== undefined) entry.needs.push(visit(at, wished))
    }
    return reference
  }

  const own = packages[folder]
  if (!own?.name) throw new Error(`package-lock.json has no workspace ${folder}`)
  const root = visit(folder, own.name)
  const components = [...found].map(([reference, { name, locked }]) => component(reference, name, locked))
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: components[0] },
    components: components.slice(1),
    dependencies: [...found].map(([ref, { needs }]) => ({ ref, dependsOn: needs })),
    ...{ compositions: [{ aggregate: 'complete', assemblies: [root] }] },
  }
}

function component(reference: string, name: string, { version, license, integrity }: Locked) {
  const hash = integrity?.startsWith('sha512-') ? Buffer.from(integrity.slice(7), 'base64').toString('hex') : undefined
  return {
    type: 'library',
    'bom-ref': reference,
    name,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    ...(license ? { licenses: [{ license: { id: license } }] } : {}),
    ...(hash ? { hashes: [{ alg: 'SHA-512', content: hash }] } : {}),
  }
}

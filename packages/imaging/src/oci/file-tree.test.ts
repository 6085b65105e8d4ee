import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FileTree } from './file-tree.ts'
import type { LayerEntry, LayerEntryType } from './layer.ts'

type Short = string | [path: string, type: LayerEntryType, target?: string]

/** Layers of entries; a plain text is a file. */
function treeOf(...layers: Short[][]): FileTree {
  const tree = new FileTree()
  layers.forEach((entries, layer) =>
    entries.forEach((short, ordinal) => {
      const [path, type, target = ''] = typeof short === 'string' ? ([short, 'file'] as const) : short
      tree.add(layer, { path, type, target, size: 1, ordinal })
    }),
  )
  return tree
}

const contentOf = (tree: FileTree, path: string): unknown => {
  const node = tree.resolve(path)
  return node?.kind === 'file' ? node.content : node?.kind
}

describe('FileTree', () => {
  it.each<[string, Short[][], string[] | undefined]>([
    ['one layer', [['disk/a.img']], ['a.img']],
    ['paths with and without a leading dot or slash', [['./disk/a', '/disk/b', 'disk//c']], ['a', 'b', 'c']],
    ['layers together', [['disk/a'], ['disk/b']], ['a', 'b']],
    ['a whiteout', [['disk/a', 'disk/b'], ['disk/.wh.a']], ['b']],
    ['a whiteout of the directory', [['disk/a'], ['.wh.disk', 'disk/b']], ['b']],
    ['a directory that comes again behind its whiteout', [['disk/a'], ['disk/b', '.wh.disk']], ['b']],
    ['an opaque directory', [['disk/a'], ['disk/.wh..wh..opq', 'disk/b']], ['b']],
    ['an opaque directory, told last', [['disk/a'], ['disk/b', 'disk/.wh..wh..opq']], ['b']],
    ['a whiteout that has nothing to hide', [['disk/a'], ['disk/.wh.z']], ['a']],
    ['a whiteout that does not hide its own layer', [['x'], ['disk/a', 'disk/.wh.a']], ['a']],
    ['a file in place of the directory', [['disk/a'], ['disk']], undefined],
    ['a directory in place of a file', [['disk'], ['disk/a']], ['a']],
    ['a link in place of the directory', [['disk/a', 'real/b'], [['disk', 'symlink', 'real']]], ['b']],
    [
      'an entry behind a link',
      [
        [
          ['disk', 'symlink', '/real'],
          ['real', 'directory'],
        ],
        ['disk/a'],
      ],
      ['a'],
    ],
    ['a link out of the image', [[['disk', 'symlink', '../../etc'], 'etc/a']], ['a']],
    ['a link to nowhere', [[['disk', 'symlink', 'nowhere']]], undefined],
    [
      'links in a circle',
      [
        [
          ['disk', 'symlink', 'b'],
          ['b', 'symlink', 'disk'],
        ],
      ],
      undefined,
    ],
  ])('lists %s', (_what, layers, names) => {
    expect(treeOf(...layers).list('/disk')).toEqual(names)
  })

  it('takes the last layer that has a file', () => {
    const tree = treeOf(['disk/a', 'other'], ['other', 'disk/a'])
    expect(contentOf(tree, 'disk/a')).toEqual({ layer: 1, ordinal: 1 })
  })

  it('gives a hard link the content of what it links to, as it was then', () => {
    const tree = treeOf(['a'], [['disk/b', 'link', 'a']], ['a'])
    expect(contentOf(tree, 'disk/b')).toEqual({ layer: 0, ordinal: 0 })
    expect(contentOf(treeOf([['disk/b', 'link', 'none']]), 'disk/b')).toBe('other')
  })

  it('follows links of files, relative to where they are and to the top', () => {
    const tree = treeOf(['boot/vmlinuz-6', ['vmlinuz', 'symlink', 'boot/vmlinuz-6'], ['a/k', 'symlink', '/vmlinuz']])
    expect(contentOf(tree, '/a/k')).toEqual({ layer: 0, ordinal: 0 })
  })

  it.each(['../x', 'a/../../x', 'a/..', 'a\0b'])('refuses the path %j', (path) => {
    expect(() => treeOf([path])).toThrow(expect.objectContaining({ code: 'HostileImage' }))
  })

  it('never leaves its root and ends, whatever links there are', () => {
    const name = fc.constantFrom('a', 'b', 'c', '.wh.a', '.wh..wh..opq')
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
    const target = fc
      .array(fc.constantFrom('a', 'b', 'c', '..', '.', ''), { maxLength: 4 })
      .map((parts) => parts.join('/'))
    const entry = fc.record<LayerEntry>({
      path,
      type: fc.constantFrom<LayerEntryType>('file', 'directory', 'symlink', 'link', 'other'),
      target: target.filter((text) => !text.includes('..')).chain((plain) => fc.oneof(fc.constant(plain), target)),
      size: fc.nat(),
      ordinal: fc.nat(),
    })
    fc.assert(
      fc.property(fc.array(fc.array(entry, { maxLength: 6 }), { maxLength: 4 }), path, (layers, wanted) => {
        const tree = new FileTree()
        layers.forEach((entries, layer) => {
          for (const each of entries) {
            // Hard links name entries of the archive, where `..` is refused.
            if (each.type === 'link' && each.target.includes('..')) continue
            tree.add(layer, each)
          }
        })
        const node = tree.resolve(wanted)
        expect(node === undefined || node.kind !== 'symlink').toBe(true)
        for (const listed of tree.list('/') ?? []) expect(listed.startsWith('.wh.')).toBe(false)
      }),
    )
  })

  describe('is not made to work without end', () => {
    const entry = (path: string, type: LayerEntryType = 'file', target = ''): LayerEntry => ({
      path,
      type,
      target,
      size: 0,
      ordinal: 0,
    })

    it('by names: a small archive can have gigabytes of them', () => {
      const tree = new FileTree()
      const add = (): void => {
        for (let file = 0; file < 20_000; file += 1) tree.add(0, entry(`${file}${'x'.repeat(4000)}`))
      }
      expect(add).toThrow(/the names in the image have over/)
    })

    it('by links through links', () => {
      const tree = new FileTree()
      tree.add(0, entry('a', 'directory'))
      for (let link = 0; link < 39; link += 1) {
        tree.add(0, entry(`l${link}`, 'symlink', `${link === 38 ? 'a' : `l${link + 1}`}${'/.'.repeat(2000)}`))
      }
      const add = (): void => {
        for (let file = 0; file < 1000; file += 1) tree.add(0, entry(`l0/${file}`))
      }
      expect(add).toThrow(/go round in circles/)
    })

    it('by whiteouts over its own layer', () => {
      const tree = new FileTree()
      for (let file = 0; file < 10_000; file += 1) tree.add(0, entry(`d/${file}`))
      const add = (): void => {
        for (let count = 0; count < 5000; count += 1) tree.add(0, entry('d/.wh..wh..opq'))
      }
      expect(add).toThrow(/go round in circles/)
    })
  })
})

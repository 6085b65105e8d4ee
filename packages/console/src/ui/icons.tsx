/** Our few pictures: 16 units square, drawn in lines of the text's colour. Always beside a word or under a name. */

const paths = {
  home: 'M2.5 7.5 8 3l5.5 4.5M4 6.5V13h3V9.5h2V13h3V6.5',
  workloads: 'M2.5 3.5h11v4h-11zM2.5 9.5h11v3h-11zM5 5.5h.01M5 11h.01',
  catalogue: 'M3 3h4v4H3zM9 3h4v4H9zM3 9h4v4H3zM9 9h4v4H9z',
  hosts: 'M3 2.5h10v4H3zM3 9.5h10v4H3zM5 4.5h.01M5 11.5h.01M8 6.5v3',
  activity: 'M2 8h3l2-4.5 2.5 9L11.5 8H14',
  admin: 'M8 2.5 13 4.5V8c0 3-2 4.7-5 5.5C5 12.7 3 11 3 8V4.5z',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5 14 14',
  tasks: 'M3 4l1 1 2-2M3 8.5l1 1 2-2M3 13l1 1 2-2M8.5 4.5h5M8.5 9h5M8.5 13.5h5',
  alert: 'M8 2.5 14 13H2zM8 6.5v3M8 11.3h.01',
  user: 'M8 2.5a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4zM3 13.5c.5-2.8 2.5-4 5-4s4.5 1.2 5 4',
  close: 'M4 4l8 8M12 4l-8 8',
  add: 'M8 3v10M3 8h10',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  down: 'M4 6.5l4 4 4-4',
  up: 'M4 9.5l4-4 4 4',
  next: 'M6.5 4l4 4-4 4',
  back: 'M9.5 4l-4 4 4 4',
  check: 'M3 8.5l3 3 7-7',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  play: 'M5 3l8 5-8 5z',
  stop: 'M4 4h8v8H4z',
  pause: 'M5 3.5v9M11 3.5v9',
  restart: 'M12.7 6A5 5 0 1 0 13 8.5M13 2.5V6H9.5',
  migrate: 'M2.5 5.5h10M9.5 2.5l3 3-3 3M13.5 10.5h-10M6.5 7.5l-3 3 3 3',
  remove: 'M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.5 9h6l.5-9M6.8 7v4M9.2 7v4',
  edit: 'M3 13l.7-3L11 2.7l2.3 2.3L6 12.3z',
  console: 'M2 3h12v10H2zM4.5 6l2 2-2 2M8 10h3',
  screen: 'M2 3h12v8H2zM6 13.5h4M8 11v2.5',
  settings: 'M2.5 4.5h6M11.5 4.5h2M2.5 8h2M7.5 8h6M2.5 11.5h6M11.5 11.5h2M10 3v3M6 6.5v3M10 10v3',
  filter: 'M2.5 3.5h11L9.5 8.5v4l-3 1v-5z',
  columns: 'M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10',
  download: 'M8 2.5v7.5M5 7l3 3 3-3M3 13.5h10',
  upload: 'M8 10V2.5M5 5.5l3-3 3 3M3 13.5h10',
  open: 'M9 3h4v4M13 3 7.5 8.5M11 9v4H3V5h4',
  help: 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM6.3 6.3c0-2.3 3.5-2.2 3.5 0 0 1.3-1.8 1.4-1.8 2.7M8 11.2h.01',
  info: 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM8 7.3v3.7M8 5h.01',
  link: 'M6.5 9.5l3-3M7 4.5l1.5-1.5a3 3 0 0 1 4.5 4.5L11.5 9M9 11.5 7.5 13A3 3 0 0 1 3 8.5L4.5 7',
  code: 'M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5',
  disk: 'M2.5 3.5h11v9h-11zM2.5 9.5h11M11 11.5h.01',
  network: 'M6 2.5h4v3H6zM2 10.5h4v3H2zM10 10.5h4v3h-4zM8 5.5V8M4 10.5V8h8v2.5',
  cpu: 'M4.5 4.5h7v7h-7zM6.5 2v2.5M9.5 2v2.5M6.5 11.5V14M9.5 11.5V14M2 6.5h2.5M2 9.5h2.5M11.5 6.5H14M11.5 9.5H14',
  memory: 'M2 5h12v6H2zM4.5 5v3M8 5v3M11.5 5v3M4 11v1.5M8 11v1.5M12 11v1.5',
  chart: 'M2.5 2.5v11h11M5 10.5l2.5-3.5 2 2L13 4.5',
  clock: 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM8 5v3l2 1.5',
  template: 'M3 2.5h10v3H3zM3 7.5h4v6H3zM9 7.5h4v6H9z',
  image: 'M2.5 3h11v10h-11zM2.5 11l3.5-3.5 2.5 2.5 2-2 3 3M10.5 6h.01',
  moon: 'M12.5 9.5A5.3 5.3 0 0 1 6.5 3.5a5.3 5.3 0 1 0 6 6z',
  language:
    'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM2.2 8h11.6M8 2.2c-3.5 3.5-3.5 8 0 11.6 3.5-3.6 3.5-8.1 0-11.6',
  'sign-out': 'M9.5 3h-6v10h6M6.5 8h7.5M11.5 5.5 14 8l-2.5 2.5',
  drag: 'M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01',
  pin: 'M5.5 2.5h5M6.5 2.5v4L4.5 9h7L9.5 6.5v-4M8 9v4.5',
  save: 'M3 3h8l2 2v8H3zM5.5 3v3.5h5V3M5.5 13V9.5h5V13',
  undo: 'M5 3 2.5 5.5 5 8M2.5 5.5H9a4 4 0 0 1 0 8H6',
  expand: 'M9.5 2.5h4v4M13.5 2.5 9 7M6.5 13.5h-4v-4M2.5 13.5 7 9',
  shrink: 'M13.5 6.5h-4v-4M9.5 6.5 14 2M2.5 9.5h4v4M6.5 9.5 2 14',
  keyboard: 'M1.5 4h13v8h-13zM4 6.5h.01M6.7 6.5h.01M9.3 6.5h.01M12 6.5h.01M4.5 9.5h7',
  eye: 'M1.5 8C4 4.2 12 4.2 14.5 8 12 11.8 4 11.8 1.5 8zM8 6.3a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4z',
} as const

export type IconName = keyof typeof paths

export function Icon({ name, className }: { name: IconName; className?: string }) {
  return (
    <svg
      className={className}
      width="1em"
      height="1em"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' || name === 'drag' ? 2 : 1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
      focusable="false"
      style={{ fontSize: '1rem', flex: 'none' }}
    >
      <path d={paths[name]} />
    </svg>
  )
}

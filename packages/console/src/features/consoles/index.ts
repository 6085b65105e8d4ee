export { ConsoleTab, type ConsoleTabProps } from './console-tab.tsx'
export { DockConsole } from './dock-consoles.tsx'
export {
  closeConsole,
  consoleKey,
  openConsole,
  useOpenConsoles,
  type ConsoleKind,
  type OpenConsole,
} from './open-consoles.ts'
export { consolesRoutes } from './routes.tsx'
export { type ConsoleTarget } from './stream-address.ts'
export { Thumbnail, type ThumbnailProps } from './thumbnail.tsx'

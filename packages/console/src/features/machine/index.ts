export { machineRoutes } from './routes.tsx'

/**
 * The URL under which this machine reaches a server.
 * @param url as the server gives it; one that listens everywhere names no address that could be called
 */
export function reachableUrl(url: string): string {
  return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}

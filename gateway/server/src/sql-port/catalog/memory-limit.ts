const pageBytes = 65_536;

/**
 * From now on no memory of WebAssembly grows beyond so many bytes in this thread. Postgres itself knows no limit to what one
 * statement may take, and takes what it is refused for an error of that statement.
 */
export function limitMemory(mostBytes: number): void {
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function limited(this: WebAssembly.Memory, pages: number) {
    if (this.buffer.byteLength + pages * pageBytes > mostBytes) throw new RangeError("no more memory is given");
    return grow.call(this, pages);
  };
}

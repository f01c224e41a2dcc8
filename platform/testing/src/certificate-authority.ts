import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";

/** Certificates cannot be made without it. */
export const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** An authority for tests, and certificates that it has signed. */
export class Authority {
  readonly #dir: string;
  readonly #name: string;

  constructor(dir: string, name: string) {
    this.#dir = dir;
    this.#name = name;
    const subject = ["-subj", `/CN=${name}`, "-keyout", this.#file("key"), "-out", this.certificate];
    this.#openssl("req", "-x509", ...newKey, "-days", "2", ...subject);
  }

  get certificate(): string {
    return this.#file("pem");
  }

  /** @param place `IP:127.0.0.1`, `DNS:db.example.org` */
  sign(place: string, days: number): { certificate: string; key: string } {
    const [key, request, certificate] = ["key", "csr", "pem"].map((end) => this.#file(`server.${end}`)) as [
      string,
      string,
      string,
    ];
    const names = ["-subj", "/CN=server", "-addext", `subjectAltName=${place}`];
    this.#openssl("req", "-new", ...newKey, ...names, "-keyout", key, "-out", request);
    const signer = ["-CA", this.certificate, "-CAkey", this.#file("key"), "-CAcreateserial"];
    this.#openssl(
      "x509",
      "-req",
      "-in",
      request,
      ...signer,
      "-days",
      String(days),
      "-copy_extensions",
      "copy",
      "-out",
      certificate,
    );
    return { certificate, key };
  }

  #file(end: string): string {
    return join(this.#dir, `${this.#name}.${end}`);
  }

  #openssl(...args: string[]): void {
    execFileSync("openssl", args, { stdio: "ignore" });
  }
}

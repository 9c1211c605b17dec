// Certificates of a test's own authority, made by openssl in a folder that goes with the process.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** An authority: `authority.issue(file, name)` makes a certificate for that common name and for 127.0.0.1. */
export class Authority {
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'roomcast-certificates-'));
  #serial = 1;

  constructor(name) {
    process.on('exit', () => fs.rmSync(this.#folder, { recursive: true, force: true }));
    this.#openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
      '-subj', `/O=Example/CN=${name}`, '-keyout', this.#path('ca.key'), '-out', this.file);
  }

  /** The authority's certificate. */
  get file() { return this.#path('ca.pem'); }
  get pem() { return fs.readFileSync(this.file); }

  /** Makes `FILE.pem` and `FILE.key`, or replaces them; returns their paths and what clients take. */
  issue(file, name) {
    const [certificate, key, wish, extensions] = ['pem', 'key', 'csr', 'ext'].map((kind) => this.#path(`${file}.${kind}`));
    this.#openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
      '-subj', `/O=Example/CN=${name}`, '-keyout', key, '-out', wish);
    fs.writeFileSync(extensions, 'basicConstraints=CA:FALSE\nsubjectAltName=IP:127.0.0.1,DNS:localhost\n');
    this.#openssl('x509', '-req', '-in', wish, '-CA', this.file, '-CAkey', this.#path('ca.key'), '-days', '2',
      '-set_serial', String(++this.#serial), '-extfile', extensions, '-out', certificate);
    return { certificate, key, cert: fs.readFileSync(certificate), pem: fs.readFileSync(key) };
  }

  #path(name) { return path.join(this.#folder, name); }
  #openssl(...args) { execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] }); }
}

/** The flags of a server with these files. */
export const tlsFlags = ({ certificate, key }) => ['--tls-cert', certificate, '--tls-key', key];

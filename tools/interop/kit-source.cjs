// A source of users, as a person writes one with the kit; it is copied beside the kit, which is no dependency of ours.
const { AirbyteSourceBase, AirbyteSourceLogger, AirbyteSourceRunner, AirbyteSpec, AirbyteStreamBase } =
  require("faros-airbyte-cdk");

class Users extends AirbyteStreamBase {
  constructor(logger, config) {
    super(logger);
    this.config = config;
  }

  get name() {
    return "users";
  }

  get primaryKey() {
    return "id";
  }

  get cursorField() {
    return "id";
  }

  get stateCheckpointInterval() {
    return 10;
  }

  getJsonSchema() {
    return { type: "object", properties: { id: { type: "integer" }, name: { type: "string" } } };
  }

  async *readRecords(_mode, _cursor, _slice, state) {
    const { until, failAt, token } = this.config;
    for (let id = (state?.id ?? 0) + 1; id <= until; id++) {
      if (id === failAt) throw new Error(`user ${id} cannot be read with ${token}`);
      yield { id, name: `user ${id} ${"x".repeat(1000)}` };
    }
  }

  getUpdatedState(state, { id }) {
    return { id: Math.max(state?.id ?? 0, id) };
  }
}

class UserSource extends AirbyteSourceBase {
  get type() {
    return "users";
  }

  async spec() {
    const properties = { until: { type: "integer" }, failAt: { type: "integer" }, token: { type: "string" } };
    return new AirbyteSpec({ connectionSpecification: { type: "object", required: ["until"], properties } });
  }

  async checkConnection() {
    return [true, undefined];
  }

  streams(config) {
    return [new Users(this.logger, config)];
  }
}

const logger = new AirbyteSourceLogger();
const command = new AirbyteSourceRunner(logger, new UserSource(logger)).mainCommand();
command.parseAsync(process.argv).catch((failure) => {
  console.error(failure);
  process.exitCode = 1;
});

import java.io.StringWriter;
import java.math.BigDecimal;
import java.sql.*;
import java.time.*;
import java.util.*;
import org.postgresql.PGConnection;

/** Asks the SQL port by the JDBC driver, and says what it makes of the answers. */
class Ask {
  public static void main(String[] arguments) throws Exception {
    String url = "jdbc:postgresql://127.0.0.1:" + arguments[0] + "/mesh?user=" + arguments[1] + "&password=" + arguments[2]
        + "&currentSchema=library_loans";
    List<Object> found = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection(url)) {
      DatabaseMetaData about = connection.getMetaData();
      found.add(names(about.getTables(null, "library_loans", "%", new String[] {"TABLE"}), "TABLE_NAME"));
      found.add(names(about.getPrimaryKeys(null, "library_loans", "visits"), "COLUMN_NAME"));
      found.add(names(about.getImportedKeys(null, "library_loans", "visits"), "PKTABLE_NAME"));
      found.add(names(about.getColumns(null, "library_loans", "books", "%"), "TYPE_NAME"));
      found.add(read(connection));
      found.add(sentBack(connection));
      found.add(inParts(connection));
      found.add(healed(connection));
      StringWriter copied = new StringWriter();
      connection.unwrap(PGConnection.class).getCopyAPI().copyOut("copy (select isbn from books order by 1) to stdout", copied);
      found.add(copied.toString().replace("\n", " ").trim());
    }
    try (Connection simple = DriverManager.getConnection(url + "&preferQueryMode=simple")) {
      found.add(count(simple));
    }
    System.out.println("{\"jdbc\": [" + String.join(", ", found.stream().map(Ask::json).toList()) + "]}");
  }

  static String json(Object value) {
    return value instanceof Number || value instanceof Boolean ? value.toString() : "\"" + value + "\"";
  }

  static String names(ResultSet rows, String column) throws SQLException {
    List<String> names = new ArrayList<>();
    while (rows.next()) names.add(rows.getString(column));
    return String.join(" ", names);
  }

  static boolean read(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      ResultSet row = statement.executeQuery("select * from kinds where id = 1");
      row.next();
      return row.getLong("big") == 9007199254740993L
          && row.getBigDecimal("price").equals(new BigDecimal("123456789012345.678"))
          && row.getObject("day", LocalDate.class).equals(LocalDate.of(2024, 2, 29))
          && row.getObject("local", LocalDateTime.class).equals(LocalDateTime.parse("1969-12-31T23:59:59.999999"))
          && row.getObject("moment", OffsetDateTime.class).toInstant().equals(Instant.parse("2026-02-28T23:00:00.123456Z"))
          && Arrays.deepToString((Object[]) row.getArray("grid").getArray()).equals("[[1, 2], [3, 4]]");
    }
  }

  /** Each seven times: from the fifth on the driver prepares statements on the server and asks for binary values. */
  static int sentBack(Connection connection) throws SQLException {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("big", 9007199254740993L);
    values.put("price", new BigDecimal("123456789012345.678"));
    values.put("ratio", 0.1);
    values.put("name", "Ä \"q\" 's");
    values.put("is_open", true);
    values.put("day", LocalDate.of(2024, 2, 29));
    values.put("hour", LocalTime.of(23, 59, 59, 123_456_000));
    values.put("moment", OffsetDateTime.parse("2026-02-28T23:00:00.123456Z"));
    values.put("local", LocalDateTime.parse("1969-12-31T23:59:59.999999"));
    int rows = 0;
    for (Map.Entry<String, Object> value : values.entrySet())
      try (PreparedStatement statement = connection.prepareStatement("select id from kinds where id = 1 and " + value.getKey() + " = ?")) {
        for (int time = 0; time < 7; time++) {
          statement.setObject(1, value.getValue());
          ResultSet row = statement.executeQuery();
          if (row.next()) rows += row.getInt(1);
        }
      }
    return rows;
  }

  static int inParts(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    int rows = 0;
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(1000);
      ResultSet visits = statement.executeQuery("select number from visits");
      while (visits.next()) rows++;
    }
    connection.commit();
    return rows;
  }

  static String healed(Connection connection) throws SQLException {
    Savepoint before = connection.setSavepoint("before");
    String state = "";
    try (Statement statement = connection.createStatement()) {
      statement.executeQuery("select nope from kinds");
    } catch (SQLException refused) {
      state = refused.getSQLState();
    }
    connection.rollback(before);
    int rows = count(connection);
    connection.commit();
    connection.setAutoCommit(true);
    return state + " " + rows;
  }

  static int count(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("select count(*) from kinds where id <= ? and name <> ?")) {
      statement.setInt(1, 2);
      statement.setString(2, "nobody");
      ResultSet row = statement.executeQuery();
      row.next();
      return row.getInt(1);
    }
  }
}

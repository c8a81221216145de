// Runs SQL on Trino in one process, over tables that are given: a document on the standard input,
//
//     {"tables": {NAME: {"columns": [[NAME, TYPE] …], "rows": [[…] …]}}, "queries": {NAME: SQL}}
//
// and one on the standard output: {NAME: {"rows": [[…] …]}, or {"error": TEXT}}. Timestamps are
// microseconds since 1970 in the one, text in the other.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.trino.Session;
import io.trino.spi.HostAddress;
import io.trino.spi.connector.*;
import io.trino.spi.transaction.IsolationLevel;
import io.trino.spi.type.*;
import io.trino.testing.*;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.util.*;

public class Judge {
    record Table(String name, List<ColumnMetadata> columns, List<List<Object>> rows)
        implements ConnectorTableHandle {}
    record Column(int number) implements ColumnHandle {}
    enum Transaction implements ConnectorTransactionHandle { ONE }

    record Split() implements ConnectorSplit {
        public boolean isRemotelyAccessible() { return true; }
        public List<HostAddress> getAddresses() { return List.of(); }
        public Object getInfo() { return "all rows"; }
        public long getRetainedSizeInBytes() { return 0; }
    }

    static Type typeOf(String name) {
        return switch (name) {
            case "VARCHAR" -> VarcharType.VARCHAR;
            case "INTEGER" -> IntegerType.INTEGER;
            case "BIGINT" -> BigintType.BIGINT;
            case "DOUBLE" -> DoubleType.DOUBLE;
            case "TIMESTAMP" -> TimestampType.TIMESTAMP_MICROS;
            default -> throw new IllegalArgumentException(name);
        };
    }

    static Object valueOf(JsonNode node) {
        return node.isNull() ? null : node.isTextual() ? node.asText() : node.numberValue();
    }

    static Table readTable(String name, JsonNode from) {
        List<ColumnMetadata> columns = new ArrayList<>();
        List<List<Object>> rows = new ArrayList<>();
        for (JsonNode column : from.get("columns"))
            columns.add(new ColumnMetadata(column.get(0).asText(), typeOf(column.get(1).asText())));
        for (JsonNode row : from.get("rows")) {
            List<Object> values = new ArrayList<>();
            row.forEach(value -> values.add(valueOf(value)));
            rows.add(values);
        }
        return new Table(name, columns, rows);
    }

    record Metadata(Map<String, Table> tables) implements ConnectorMetadata {
        public List<String> listSchemaNames(ConnectorSession session) { return List.of("lake"); }
        public ConnectorTableHandle getTableHandle(ConnectorSession session, SchemaTableName name) {
            return tables.get(name.getTableName());
        }
        public ConnectorTableMetadata getTableMetadata(ConnectorSession session,
                                                       ConnectorTableHandle handle) {
            Table table = (Table) handle;
            return new ConnectorTableMetadata(new SchemaTableName("lake", table.name()),
                                              table.columns());
        }
        public Map<String, ColumnHandle> getColumnHandles(ConnectorSession session,
                                                          ConnectorTableHandle handle) {
            Map<String, ColumnHandle> found = new LinkedHashMap<>();
            List<ColumnMetadata> columns = ((Table) handle).columns();
            for (int i = 0; i < columns.size(); i++)
                found.put(columns.get(i).getName(), new Column(i));
            return found;
        }
        public ColumnMetadata getColumnMetadata(ConnectorSession session,
                                                ConnectorTableHandle handle, ColumnHandle column) {
            return ((Table) handle).columns().get(((Column) column).number());
        }
    }

    static RecordSet recordsOf(Table table, List<? extends ColumnHandle> wanted) {
        List<Type> types = new ArrayList<>();
        List<List<Object>> rows = new ArrayList<>();
        for (ColumnHandle column : wanted)
            types.add(table.columns().get(((Column) column).number()).getType());
        for (List<Object> row : table.rows()) {
            List<Object> values = new ArrayList<>();
            wanted.forEach(column -> values.add(row.get(((Column) column).number())));
            rows.add(values);
        }
        return new InMemoryRecordSet(types, rows);
    }

    record Lake(Metadata metadata) implements Connector {
        public ConnectorTransactionHandle beginTransaction(IsolationLevel level, boolean readOnly,
                                                           boolean autoCommit) {
            return Transaction.ONE;
        }
        public ConnectorMetadata getMetadata(ConnectorSession session,
                                             ConnectorTransactionHandle transaction) {
            return metadata;
        }
        public ConnectorSplitManager getSplitManager() {
            return new ConnectorSplitManager() {
                public ConnectorSplitSource getSplits(ConnectorTransactionHandle transaction,
                                                      ConnectorSession session,
                                                      ConnectorTableHandle table,
                                                      DynamicFilter filter, Constraint constraint) {
                    return new FixedSplitSource(List.of(new Split()));
                }
            };
        }
        public ConnectorRecordSetProvider getRecordSetProvider() {
            return new ConnectorRecordSetProvider() {
                public RecordSet getRecordSet(ConnectorTransactionHandle transaction,
                                              ConnectorSession session, ConnectorSplit split,
                                              ConnectorTableHandle table,
                                              List<? extends ColumnHandle> columns) {
                    return recordsOf((Table) table, columns);
                }
            };
        }
    }

    record Factory(Map<String, Table> tables) implements ConnectorFactory {
        public String getName() { return "tables"; }
        public Connector create(String catalog, Map<String, String> config,
                                ConnectorContext context) {
            return new Lake(new Metadata(tables));
        }
    }

    static Object shown(Object value) {
        if (value == null || value instanceof Number || value instanceof Boolean)
            return value instanceof BigDecimal decimal ? decimal.doubleValue() : value;
        return value.toString();
    }

    static Map<String, Object> answer(LocalQueryRunner runner, String sql) {
        try {
            List<List<Object>> rows = new ArrayList<>();
            for (MaterializedRow row : runner.execute(sql).getMaterializedRows())
                rows.add(row.getFields().stream().map(Judge::shown).toList());
            return Map.of("rows", rows);
        } catch (RuntimeException error) {
            return Map.of("error", String.valueOf(error.getMessage()));
        }
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream out = System.out;
        System.setOut(System.err);
        JsonNode asked = new ObjectMapper().readTree(System.in);
        Map<String, Table> tables = new HashMap<>();
        asked.get("tables").fields().forEachRemaining(
            table -> tables.put(table.getKey(), readTable(table.getKey(), table.getValue())));
        Session session = TestingSession.testSessionBuilder().setCatalog("lake").setSchema("lake")
            .setTimeZoneKey(TimeZoneKey.UTC_KEY).build();
        Map<String, Object> answers = new LinkedHashMap<>();
        try (LocalQueryRunner runner = LocalQueryRunner.create(session)) {
            runner.createCatalog("lake", new Factory(tables), Map.of());
            asked.get("queries").fields().forEachRemaining(
                query -> answers.put(query.getKey(), answer(runner, query.getValue().asText())));
        }
        out.println(new ObjectMapper().writeValueAsString(answers));
        out.flush();
        System.exit(0);
    }
}

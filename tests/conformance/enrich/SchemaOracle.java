import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Answers with the validator that Enrich uses (com.networknt:json-schema-validator).
 *
 * Input, one case a line: {"schema": ..., "value": ...}. Output, one line each: {"reports": [{"message", "path",
 * "keyword", "targets"}]}, or {"exception": its class}.
 */
public final class SchemaOracle {
    public static void main(String[] args) throws Exception {
        ObjectMapper mapper = new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
        mapper.setNodeFactory(JsonNodeFactory.withExactBigDecimals(true));
        JsonSchemaFactory factory = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4);
        SchemaValidatorsConfig config = new SchemaValidatorsConfig();
        config.setTypeLoose(false);
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            JsonNode given = mapper.readTree(line);
            ObjectNode answer = mapper.createObjectNode();
            try {
                ArrayNode reports = mapper.createArrayNode();
                for (ValidationMessage found : factory.getSchema(given.get("schema"), config).validate(given.get("value"))) {
                    ObjectNode report = reports.addObject();
                    report.put("message", found.getMessage()).put("path", found.getPath()).put("keyword", found.getType());
                    ArrayNode targets = report.putArray("targets");
                    if (found.getArguments() != null) {
                        for (Object argument : found.getArguments()) {
                            targets.add(String.valueOf(argument));
                        }
                    }
                }
                answer.set("reports", reports);
            } catch (RuntimeException | StackOverflowError e) {
                answer.put("exception", e.getClass().getSimpleName());
            }
            out.println(answer);
        }
        out.flush();
    }
}

// Calls with the client of the JDK:  java tests/java/Session.java http://127.0.0.1:8080
// It prefers HTTP/2, so it offers an upgrade to h2c with each request. It resets the mock, and stops at the first
// response that is not as the platform documents.

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Session {
    static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
    static final String JSON = "application/json";
    static final String PACKAGES = "/api/v3/package_builder/packages";
    static final String SETTINGS = """
        {"backhaul_evaluation_attribution_window": %d, "backhaul_evaluation_model": "ALL_PURCHASES"}""";
    static final String FORM = """
        --boundary\r
        Content-Disposition: form-data; name="file"; filename="sales.csv"\r
        Content-Type: text/csv\r
        \r
        type,sold,revenue
        Standing,3,90
        \r
        --boundary--\r
        """;

    static String origin;
    static String token = "";

    static String call(int status, String method, String path, String mediaType, BodyPublisher body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(origin + path)).timeout(Duration.ofMinutes(1));
        request.method(method, body).header("Content-Type", mediaType).header("Authorization", "Bearer " + token);
        HttpResponse<String> response = CLIENT.send(request.build(), BodyHandlers.ofString());
        check(response.statusCode() == status, method + " " + path + ": " + response.statusCode() + response.body());
        return response.body();
    }

    static String call(int status, String method, String path, String json) throws Exception {
        return call(status, method, path, JSON, BodyPublishers.ofString(json));
    }

    static String member(String json, String name) {
        Matcher match = Pattern.compile("\"" + name + "\": *\"([^\"]*)\"").matcher(json);
        check(match.find(), "no " + name + " in " + json);
        return match.group(1);
    }

    static void check(boolean holds, String problem) {
        if (!holds) {
            throw new AssertionError(problem);
        }
    }

    static void signIn() throws Exception {
        String user = "{\"username\": \"partner@acme.example\", \"password\": \"wavetank\"}";
        token = member(call(200, "POST", "/api/v3/auth", user), "AccessToken");
    }

    static void saveSettings() throws Exception {
        String path = PACKAGES + "/pkg_555/backhaul_evaluation_details";
        String saved = call(200, "PUT", path, SETTINGS.formatted(7));
        check(saved.contains("\"backhaul_evaluation_attribution_window\":7"), saved);
        byte[] body = SETTINGS.formatted(9).getBytes();
        saved = call(200, "PUT", path, JSON, BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)));
        check(saved.contains("\"backhaul_evaluation_attribution_window\":9"), "sent in chunks: " + saved);
    }

    public static void main(String[] arguments) throws Exception {
        origin = arguments[0];
        signIn();
        String created = call(201, "POST", PACKAGES, """
            {"num_packages": 4, "n_top_events": 10, "event_ids": ["evt_abc123"], "package_title": "Tour", \
            "targeting_mode": "lookalike"}""");
        check(member(created, "title").equals("Tour"), created);
        saveSettings();
        String path = "/api/v3/ingest/transaction_summary/from_excel?eid=evt_abc123";
        String form = "multipart/form-data; boundary=boundary";
        String stored = call(200, "POST", path, form, BodyPublishers.ofString(FORM));
        check(stored.contains("\"validation_errors\":[]"), stored);
        call(413, "PUT", PACKAGES + "/pkg_555/backhaul_evaluation_details", " ".repeat(3_000_000));
        String status = call(200, "POST", "/_mock/reset", "{\"now\": \"2026-05-05T12:00:00Z\", \"seed\": 7}");
        check(member(status, "created_at").equals("2026-05-05T12:00:00Z"), status);
        signIn();
        System.out.println("All calls were answered as documented.");
    }
}

using System.Net;
using System.Text.Json;
using FaceId.FunctionalTests.Support;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;

namespace FaceId.FunctionalTests.Contract;

public sealed class OpenApiTests : ServerTests
{
    private static readonly string[] Methods = ["get", "post", "patch", "put", "delete"];

    [Test]
    public async Task The_document_is_OpenAPI_3_1_and_complete()
    {
        using var anybody = Anonymous();
        var document = (await anybody.GetAsync("/openapi/v1.json")).ShouldBe(HttpStatusCode.OK);

        Assert.That(document["openapi"].GetString(), Does.StartWith("3.1"));
        Assert.Multiple(() =>
        {
            foreach (var (name, operation) in Operations(document.Json))
            {
                Assert.That(operation.TryGetProperty("operationId", out _), $"{name}: operationId");
                Assert.That(operation.TryGetProperty("summary", out _), $"{name}: summary");
                foreach (var response in operation.GetProperty("responses").EnumerateObject().Where(response => response.Name != "204"))
                {
                    var content = response.Value.GetProperty("content").EnumerateObject().First();
                    var hasExample = content.Value.TryGetProperty("example", out _) || content.Value.TryGetProperty("examples", out _);
                    Assert.That(hasExample, $"{name} {response.Name}: example");
                    Assert.That(content.Name, Is.AnyOf(response.Name[0] == '2' ? ["application/json", "application/x-ndjson"] : ["application/problem+json"]), $"{name} {response.Name}");
                }
            }
        });
    }

    [Test]
    public async Task The_document_names_every_refusal_of_an_enrolment()
    {
        using var anybody = Anonymous();
        var document = (await anybody.GetAsync("/openapi/v1.json")).ShouldBe(HttpStatusCode.OK);

        var enrol = Operations(document.Json).Single(operation => operation.Name == "post /api/v1/users/{id}/faces").Operation;

        var codes = enrol.GetProperty("responses").EnumerateObject()
            .Where(response => response.Name[0] != '2')
            .SelectMany(response => response.Value.GetProperty("content").GetProperty("application/problem+json").GetProperty("examples").EnumerateObject())
            .Select(example => example.Name);
        Assert.That(codes, Is.SupersetOf(new[]
        {
            "face_too_small", "blurred", "too_dark", "too_bright", "low_contrast", "extreme_pose", "partly_outside",
            "no_face", "several_faces", "image_unreadable", "image_format_unsupported", "image_too_large", "validation",
            "unauthenticated", "forbidden", "not_found", "busy", "rate_limited",
            "https_required", "timeout", "body_too_slow", "body_too_large",
        }));
        Assert.That(enrol.GetProperty("requestBody").GetProperty("content").EnumerateObject().Select(body => body.Name),
            Is.SupersetOf(new[] { "multipart/form-data", "image/jpeg" }));
    }

    [Test]
    public async Task The_document_is_made_once_and_does_not_repeat_what_a_stranger_calls_the_server()
    {
        var made = 0;
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, builder => builder.Services.Configure<OpenApiOptions>(
            "v1", options => options.AddDocumentTransformer((_, _, _) => Task.FromResult(Interlocked.Increment(ref made)))));
        using var anybody = server.Anonymous();
        anybody.Http.DefaultRequestHeaders.Host = "evil.example";

        var documents = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => anybody.GetAsync("/openapi/v1.json")));

        Assert.Multiple(() =>
        {
            Assert.That(documents.Select(document => document.Status), Is.All.EqualTo(HttpStatusCode.OK));
            Assert.That(documents[0].Body, Does.Not.Contain("evil.example"));
            Assert.That(made, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task The_filter_of_the_log_lists_its_choices()
    {
        using var anybody = Anonymous();
        var document = (await anybody.GetAsync("/openapi/v1.json")).ShouldBe(HttpStatusCode.OK);

        var action = Operations(document.Json).Single(operation => operation.Name == "get /api/v1/logs").Operation
            .GetProperty("parameters").EnumerateArray().Single(parameter => parameter.GetProperty("name").GetString() == "action");

        Assert.That(action.GetProperty("schema").GetProperty("enum").EnumerateArray().Select(choice => choice.GetString()),
            Is.EqualTo(new[] { "enroll", "verify", "identify", "failed" }));
    }

    [Test]
    public async Task The_reference_page_is_served()
    {
        using var anybody = Anonymous();

        Assert.That((await anybody.GetAsync("/scalar")).ShouldBe(HttpStatusCode.OK).Body, Does.Contain("FaceId"));
    }

    private static IEnumerable<(string Name, JsonElement Operation)> Operations(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        where Methods.Contains(operation.Name)
        select ($"{operation.Name} {path.Name}", operation.Value);
}

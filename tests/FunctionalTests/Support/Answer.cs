using System.Net;
using System.Text.Json;

namespace FaceId.FunctionalTests.Support;

/// <summary>One HTTP answer, read whole, with asserts that show its body when they fail.</summary>
internal sealed class Answer
{
    private readonly HttpResponseMessage _message;

    private Answer(HttpResponseMessage message, string body)
    {
        _message = message;
        Body = body;
    }

    public string Body { get; }

    public HttpStatusCode Status => _message.StatusCode;

    public HttpResponseMessage Message => _message;

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>A field of the JSON body, by its path: <c>faces.0.box.width</c>.</summary>
    public JsonElement this[string path]
    {
        get
        {
            var element = Json;
            foreach (var part in path.Split('.'))
            {
                Assert.That(element.ValueKind != JsonValueKind.Object || element.TryGetProperty(part, out _), $"'{path}' is missing in {Body}");
                element = int.TryParse(part, out var index) && element.ValueKind == JsonValueKind.Array
                    ? element[index]
                    : element.GetProperty(part);
            }

            return element;
        }
    }

    public static async Task<Answer> OfAsync(Task<HttpResponseMessage> sending)
    {
        var message = await sending;
        return new Answer(message, await message.Content.ReadAsStringAsync());
    }

    public Answer ShouldBe(HttpStatusCode status)
    {
        Assert.That(Status, Is.EqualTo(status), Body);
        return this;
    }

    /// <summary>Asserts a refusal with this code, in the shape that every refusal has.</summary>
    public Answer ShouldBeProblem(HttpStatusCode status, string code)
    {
        ShouldBe(status);
        Assert.Multiple(() =>
        {
            Assert.That(_message.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"), Body);
            Assert.That(this["code"].GetString(), Is.EqualTo(code), Body);
            Assert.That(this["status"].GetInt32(), Is.EqualTo((int)status), Body);
            Assert.That(this["detail"].GetString(), Does.EndWith("."), "A sentence that says what to do.");
        });
        return this;
    }
}

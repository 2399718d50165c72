using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FaceId.Application.Recognition.Liveness;
using FaceId.Application.Users.SignIn;
using FaceId.Web.Endpoints;
using FaceId.Web.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace FaceId.Web.OpenApi;

/// <summary>Completes the generated document: who may call, the photos that go in, every refusal, and examples.</summary>
internal static class ApiDocument
{
    private const string Name = "v1";
    private const OpenApiSpecVersion Version = OpenApiSpecVersion.OpenApi3_1;
    private const string Bearer = "bearer";
    private const string ApiKey = "apiKey";

    public static IServiceCollection AddApiDocument(this IServiceCollection services) => services.AddOpenApi(Name, options =>
    {
        options.OpenApiVersion = Version;
        options.AddDocumentTransformer(DescribeService);
        options.AddOperationTransformer(DescribeChoices);
        options.AddOperationTransformer(DescribePhotos);
        options.AddOperationTransformer(DescribeFrames);
        options.AddOperationTransformer(DescribeProof);
        options.AddOperationTransformer(DescribeLines);
        options.AddOperationTransformer(DescribeRefusals);
        options.AddOperationTransformer(AddExamples);
    });

    /// <summary>
    /// Serves the document, made once: anybody may ask for it, and making it takes many times as long as an ordinary request. It names no
    /// server, so that it does not repeat the Host header of whoever asked first.
    /// </summary>
    public static void MapApiDocument(this IEndpointRouteBuilder routes)
    {
        var document = new Lazy<Task<byte[]>>(() => WriteAsync(routes.ServiceProvider));
        routes.MapGet("/openapi/v1.json", async () => TypedResults.Bytes(await document.Value, "application/json; charset=utf-8"))
            .ExcludeFromDescription().AllowAnonymous();
    }

    private static async Task<byte[]> WriteAsync(IServiceProvider services)
    {
        await using var scope = services.CreateAsyncScope();
        var provider = scope.ServiceProvider.GetRequiredKeyedService<IOpenApiDocumentProvider>(Name);
        var document = await provider.GetOpenApiDocumentAsync();
        document.Servers = null;
        return Encoding.UTF8.GetBytes(await document.SerializeAsJsonAsync(Version));
    }

    private static Task DescribeService(Microsoft.OpenApi.OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "FaceId",
            Version = Name,
            Description = "Enrols, verifies and identifies faces, and keeps the accounts and the log around it. Sign in with "
                + "POST /api/v1/auth/login and send the accessToken as 'Authorization: Bearer ...', or send an API key as 'X-Api-Key'. Errors are problem details with a stable 'code'.",
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = Bearer, BearerFormat = "JWT" },
            [ApiKey] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = Authentication.ApiKeyHeader },
        };
        return Task.CompletedTask;
    }

    /// <summary>Lists the names that a <see cref="Choice{TEnum}"/> in the query may have.</summary>
    private static Task DescribeChoices(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var described in context.Description.ParameterDescriptions)
        {
            var type = described.ParameterDescriptor?.ParameterType is { } declared ? Nullable.GetUnderlyingType(declared) ?? declared : null;
            if (type is { IsGenericType: true } && type.GetGenericTypeDefinition() == typeof(Choice<>)
                && operation.Parameters?.FirstOrDefault(parameter => parameter.Name == described.Name) is OpenApiParameter parameter)
            {
                parameter.Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.String,
                    Enum = [.. Enum.GetNames(type.GetGenericArguments()[0]).Select(name => (JsonNode)JsonNamingPolicy.CamelCase.ConvertName(name))],
                };
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>A proof is JSON, or a form that brings a photo along.</summary>
    private static Task DescribeProof(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (Metadata<ProofBody>(context) is null)
        {
            return Task.CompletedTask;
        }

        var method = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. Enum.GetNames<ProofMethod>().Select(name => (JsonNode)JsonNamingPolicy.CamelCase.ConvertName(name))] };
        Dictionary<string, IOpenApiSchema> Fields() => new()
        {
            ["method"] = method,
            ["password"] = Text(null, null),
            ["code"] = Text(null, null),
            ["token"] = Text(null, "With a passkey: the token that came with its options."),
            ["livenessSession"] = Text(null, "With a face: the id of a liveness session of the purpose proof that passed."),
            ["credential"] = new OpenApiSchema { Type = JsonSchemaType.Object, Description = "With a passkey: what navigator.credentials.get() gave." },
        };
        var required = new HashSet<string>(StringComparer.Ordinal) { "method" };
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/json"] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.Object, Required = required, Properties = Fields() } },
                ["multipart/form-data"] = new()
                {
                    Schema = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Object,
                        Required = required,
                        Properties = new Dictionary<string, IOpenApiSchema>(Fields()) { ["image"] = Binary() },
                    },
                },
            },
        };
        return Task.CompletedTask;
    }

    private static Task DescribeFrames(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (Metadata<FramesBody>(context) is null)
        {
            return Task.CompletedTask;
        }

        var fields = new Dictionary<string, IOpenApiSchema>
        {
            ["nonce"] = Text(null, "The one that came with the session."),
            ["times"] = Text(null, "When each frame was taken: whole milliseconds of your own count, growing, with commas between, such as 0,200,400."),
        };
        for (var number = 1; number <= AddLivenessFrames.MaxAtOnce; number++)
        {
            fields[LivenessEndpoints.Frame(number)] = Binary();
        }

        operation.RequestBody = new OpenApiRequestBody
        {
            Description = "Frames as JPEG, PNG, WebP or BMP of at most 1 MiB; 640x480 is plenty. As many as there are times. Five a second are enough, two the fewest.",
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["multipart/form-data"] = new()
                {
                    Schema = new OpenApiSchema { Type = JsonSchemaType.Object, Required = new HashSet<string>(StringComparer.Ordinal) { "nonce", "times", LivenessEndpoints.Frame(1) }, Properties = fields },
                },
            },
        };
        return Task.CompletedTask;
    }

    private static OpenApiSchema Binary() => new() { Type = JsonSchemaType.String, Format = "binary" };

    private static Task DescribePhotos(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (Metadata<PhotoFields>(context) is not { } photos)
        {
            return Task.CompletedTask;
        }

        var form = new OpenApiSchema { Type = JsonSchemaType.Object, Required = photos.Names.ToHashSet(StringComparer.Ordinal), Properties = photos.Names.ToDictionary(name => name, IOpenApiSchema (_) => Binary()) };
        var content = new Dictionary<string, OpenApiMediaType> { ["multipart/form-data"] = new() { Schema = form } };
        if (photos.Names.Count == 1)
        {
            foreach (var type in (string[])["image/jpeg", "image/png", "image/webp", "image/bmp", "image/gif"])
            {
                content[type] = new OpenApiMediaType { Schema = Binary() };
            }
        }

        operation.RequestBody = new OpenApiRequestBody
        {
            Description = "JPEG, PNG, WebP, BMP or GIF (first frame); EXIF orientation is applied.",
            Required = true,
            Content = content,
        };
        return Task.CompletedTask;
    }

    private static Task DescribeLines(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (Metadata<LineBody>(context) is { } lines && operation.OperationId is { } id)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = lines.Types.ToDictionary(type => type, type => new OpenApiMediaType
                {
                    Schema = Text(null, null),
                    Example = Examples.Lines.TryGetValue($"{id} {type}", out var example) ? example : null,
                }),
            };
        }

        return Task.CompletedTask;
    }

    private static Task DescribeRefusals(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var anonymous = Metadata<IAllowAnonymous>(context) is not null;
        if (!anonymous)
        {
            operation.Security =
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] },
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(ApiKey, context.Document)] = [] },
            ];
        }

        operation.Responses ??= [];
        var codes = (Metadata<Refusals>(context) ?? new Refusals([])).Codes(anonymous, body: operation.RequestBody is not null);
        foreach (var group in codes.GroupBy(code => Problems.Catalog[code].Status).OrderBy(group => group.Key))
        {
            operation.Responses[group.Key.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = string.Join("; ", group.Select(code => $"`{code}`: {Problems.Catalog[code].Title}")),
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [Problems.ContentType] = new()
                    {
                        Schema = ProblemSchema(group),
                        Examples = group.ToDictionary(code => code, IOpenApiExample (code) => new OpenApiExample
                        {
                            Value = ProblemExample(code),
                        }),
                    },
                },
            };
        }

        return Task.CompletedTask;
    }

    private static JsonNode? ProblemExample(string code)
    {
        var problem = Problems.Details(code, "A sentence that says what to do.");
        if (Examples.Crossed.TryGetValue(code, out var crossed))
        {
            problem.Extensions["quality"] = JsonNode.Parse(Examples.Measurements);
            problem.Extensions["crossed"] = new[] { crossed };
        }

        return JsonSerializer.SerializeToNode(problem, JsonSerializerOptions.Web);
    }

    private static OpenApiSchema ProblemSchema(IEnumerable<string> codes) => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string>(StringComparer.Ordinal) { "type", "title", "status", "code" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = Text("uri", null),
            ["title"] = Text(null, null),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
            ["detail"] = Text(null, "What to do."),
            ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. codes.Select(code => (JsonNode)code)] },
        },
    };

    private static OpenApiSchema Text(string? format, string? description) =>
        new() { Type = JsonSchemaType.String, Format = format, Description = description };

    private static Task AddExamples(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (operation.OperationId is { } id && Examples.Requests.TryGetValue(id, out var request)
            && operation.RequestBody?.Content?.TryGetValue("application/json", out var body) == true)
        {
            body.Example = JsonNode.Parse(request);
        }

        if (operation.OperationId is { } name && Examples.Responses.TryGetValue(name, out var response))
        {
            foreach (var (status, answer) in operation.Responses ?? [])
            {
                if (status.StartsWith('2') && answer.Content?.TryGetValue("application/json", out var content) == true)
                {
                    content.Example = JsonNode.Parse(response);
                }
                else if (status.StartsWith('2') && answer.Content?.TryGetValue("application/x-ndjson", out var lines) == true)
                {
                    lines.Example = response;
                }
            }
        }

        return Task.CompletedTask;
    }

    private static T? Metadata<T>(OpenApiOperationTransformerContext context)
        where T : class =>
        context.Description.ActionDescriptor.EndpointMetadata.OfType<T>().FirstOrDefault();
}

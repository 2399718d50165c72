namespace FaceId.Web.OpenApi;

/// <summary>Example bodies of the OpenAPI document, by operation.</summary>
internal static class Examples
{
    private const string User = """
        {"id": 7, "email": "ada@example.com", "name": "Ada Lovelace", "role": "user", "isActive": true, "isVerified": true,
         "mfaEnabled": false, "createdAt": "2026-11-23T09:30:00Z", "updatedAt": "2026-11-23T09:30:00Z"}
        """;

    private const string Timings = """{"queue": 0.1, "decode": 3.1, "detect": 6.4, "align": 0.6, "encode": 3.3}""";

    private const string Enrolled = $$"""
        {"id": 12, "quality": null, "createdAt": "2026-11-23T09:31:00Z", "model": "dlib-resnet-v1", "timings": {{Timings}}}
        """;

    private const string Faces = """
        {"items": [{"id": 12, "model": "dlib-resnet-v1", "quality": null, "createdAt": "2026-11-23T09:31:00Z"}], "nextCursor": null}
        """;

    private const string Verification = """
        {"verified": true, "distance": 0.31, "threshold": 0.5, "confidence": null, "falseMatchRate": null, "model": "dlib-resnet-v1",
         "timings": {"queue": 0.1, "decode": 3.1, "detect": 6.4, "align": 0.6, "encode": 3.3, "total": 15.2}}
        """;

    public static readonly IReadOnlyDictionary<string, string> Requests = new Dictionary<string, string>
    {
        ["Register"] = """{"email": "ada@example.com", "name": "Ada Lovelace", "password": "correct horse battery"}""",
        ["Login"] = """{"email": "ada@example.com", "password": "correct horse battery"}""",
        ["CreateUser"] = """{"email": "ada@example.com", "name": "Ada Lovelace", "role": "user", "verified": true}""",
        ["UpdateUser"] = """{"isActive": false}""",
    };

    public static readonly IReadOnlyDictionary<string, string> Responses = new Dictionary<string, string>
    {
        ["Register"] = User,
        ["Login"] = """{"accessToken": "eyJhbGciOi...", "refreshToken": null, "expiresIn": 900, "tokenType": "Bearer"}""",
        ["GetMe"] = User,
        ["ListUsers"] = $$"""{"items": [{{User}}], "nextCursor": "Ny4w"}""",
        ["CreateUser"] = User,
        ["GetUser"] = User,
        ["UpdateUser"] = User,
        ["ListFaces"] = Faces,
        ["ListMyFaces"] = Faces,
        ["EnrolFace"] = Enrolled,
        ["EnrolMyFace"] = Enrolled,
        ["VerifyFace"] = Verification,
        ["VerifyMyFace"] = Verification,
        ["CompareFaces"] = Verification,
        ["DetectFaces"] = $$"""
            {"width": 640, "height": 640, "scan": {"thorough": false, "longSide": 640, "smallestFace": 80},
             "faces": [{"box": {"x": 190, "y": 120, "width": 260, "height": 260}, "score": 1.07,
               "landmarks": [{"x": 402.1, "y": 205.8}, {"x": 361.4, "y": 206.3}, {"x": 246.0, "y": 204.9}, {"x": 287.2, "y": 206.0}, {"x": 324.5, "y": 292.7}]}],
             "timings": {{Timings}}}
            """,
        ["ListLogs"] = """
            {"items": [{"id": 41, "userId": 7, "action": "verify", "attempted": "verify", "success": true, "confidence": null, "distance": 0.31,
              "threshold": 0.5, "model": "dlib-resnet-v1", "reason": null, "latencyMs": 15.4, "ipAddress": "192.0.2.7",
              "userAgent": "curl/8.5.0", "createdAt": "2026-11-23T09:32:00Z"}], "nextCursor": null}
            """,
    };
}

using FaceId.Application.Faces;

namespace FaceId.Web.OpenApi;

/// <summary>Example bodies of the OpenAPI document, by operation.</summary>
internal static class Examples
{
    private const string User = """
        {"id": 7, "email": "ada@example.com", "name": "Ada Lovelace", "role": "user", "isActive": true, "isVerified": true,
         "mfaEnabled": false, "createdAt": "2026-11-23T09:30:00Z", "updatedAt": "2026-11-23T09:30:00Z"}
        """;

    private const string Timings = """{"queue": 0.1, "decode": 3.1, "detect": 6.4, "align": 0.6, "encode": 3.3}""";

    public const string Measurements = """
        {"score": 0.952, "eyeDistancePixels": 97.2, "sharpness": 0.547, "noise": 0.066, "brightness": 0.471, "contrast": 0.142,
         "underexposedShare": 0, "overexposedShare": 0, "yawDegrees": -3.4, "pitchDegrees": 4.1, "rollDegrees": -0.3, "asymmetry": 0.131,
         "outsideShare": 0, "detectorScore": 1.115}
        """;

    private const string Report = $$"""{"quality": 0.952, "measurements": {{Measurements}}, "crossed": []}""";

    private const string Enrolled = $$"""
        {"id": 12, "quality": 0.952, "measurements": {{Measurements}}, "createdAt": "2026-11-23T09:31:00Z", "model": "faceid-fused-v1", "timings": {{Timings}} }
        """;

    private const string Imported = """
        {"event": "progress", "entries": 5000, "people": 4999, "faces": 5012, "knownFaces": 0, "refused": 1}
        {"event": "refused", "line": 17, "code": "zero_vector", "detail": "All numbers are zero: no face gives that."}
        {"event": "done", "entries": 5200, "people": 5199, "faces": 5212, "knownFaces": 0, "refused": 1, "dryRun": false}

        """;

    private const string Faces = """
        {"items": [{"id": 12, "model": "dlib-resnet-v1", "quality": 0.952, "createdAt": "2026-11-23T09:31:00Z"}], "nextCursor": null}
        """;

    private const string Verification = $$"""
        {"verified": true, "distance": 0.41, "threshold": 0.597, "confidence": 0.99998, "falseMatchRate": 0.0001, "model": "faceid-fused-v1",
         "quality": 0.952, "photos": [{{Report}}],
         "timings": {"queue": 0.1, "decode": 3.1, "detect": 6.4, "align": 0.6, "encode": 3.3, "total": 15.2} }
        """;

    private const string Comparison = $$"""
        {"verified": true, "distance": 0.41, "threshold": 0.597, "confidence": 0.99998, "falseMatchRate": 0.0001, "model": "faceid-fused-v1",
         "quality": 0.952, "photos": [{{Report}}, {{Report}}],
         "timings": {"queue": 0.2, "decode": 6.2, "detect": 12.8, "align": 1.2, "encode": 6.6, "total": 30.4} }
        """;

    private const string Tokens = """
        {"accessToken": "eyJhbGciOi...", "refreshToken": "q8vJ2n0cT4sXb1LwZp6yKd3RfHm9UaEgVi7oNxQtC5A", "expiresIn": 900, "tokenType": "Bearer",
         "deviceToken": "m2c0..."}
        """;

    private const string NewTokens = """
        {"accessToken": "eyJhbGciOi...", "refreshToken": "q8vJ2n0cT4sXb1LwZp6yKd3RfHm9UaEgVi7oNxQtC5A", "expiresIn": 900, "tokenType": "Bearer"}
        """;

    private const string PasskeyQuestion = """
        {"token": "q8vJ2n0cT4sXb1LwZp6yKd3RfHm9UaEgVi7oNxQtC5A",
         "options": {"challenge": "dGhpcyBpcyBhIGNoYWxsZW5nZQ", "timeout": 300000, "rpId": "faceid.example.com", "allowCredentials": [], "userVerification": "required"}}
        """;

    private const string PasskeyAnswer = """
        {"id": "Pq3...", "rawId": "Pq3...", "type": "public-key", "clientExtensionResults": {},
         "response": {"clientDataJSON": "eyJ...", "authenticatorData": "SZY...", "signature": "MEU...", "userHandle": "kF2..."}}
        """;

    private const string MailRequested =
        """{"next": "If there is an account that this concerns, a mail is on its way to its address. Open the link in it."}""";

    private const string RecoveryCodes = """
        {"recoveryCodes": ["7KQ2MWP-V9T4HXS-0DCR8BG-ZJ5NEA3", "..."]}
        """;

    private const string Sessions = """
        {"items": [{"id": "019a0c5e-7d3b-7c1a-9f57-3f1f5b2f6a10", "device": "Firefox/145.0", "ipAddress": "192.0.2.7", "createdAt": "2026-11-23T09:30:00Z",
          "lastSeenAt": "2026-11-23T11:02:30Z", "expiresAt": "2026-12-23T09:30:00Z", "browser": false, "current": true}], "nextCursor": null}
        """;

    private const string SecurityEvents = """
        {"items": [{"id": 311, "kind": "signedIn", "userId": 7, "actorId": null, "apiKeyId": null, "detail": "password totp", "ipAddress": "192.0.2.7",
          "userAgent": "Firefox/145.0", "createdAt": "2026-11-23T09:30:00Z"}], "nextCursor": null}
        """;

    private const string Receipt = """
        {"id": "019a0c5e-7d3b-7c1a-9f57-3f1f5b2f6a10", "erasedAt": "2026-11-23T09:30:00Z", "userId": 7, "subject": "9c1f...",
         "counts": {"faces": 2, "sessions": 1, "logRowsUnlinked": 41, "securityEventsUnlinked": 12, "imagesDeleted": 0, "imagesElsewhere": 0},
         "signature": "5d0a..."}
        """;

    private const string Consent = """
        {"text": "I agree that ...", "version": "1", "required": "self", "state": "given", "givenVersion": "1", "way": "self",
         "givenAt": "2026-11-23T09:30:00Z", "withdrawnAt": null}
        """;

    private const string SettingsValues = """
        "falseMatchRates": {"verify": 0.0001, "identify": 0.01, "duplicate": 0.001, "proof": 0.0001}, "upgradeAtVerification": true,
         "requireLiveness": {"verify": false, "enrol": false, "proof": true, "identify": false}
        """;

    private const string Settings = $$"""
        {"version": 3, {{SettingsValues}}, "updatedAt": "2026-11-23T09:30:00Z", "updatedBy": 1}
        """;

    private const string LivenessId = "019a0c5e-7d3b-7c1a-9f57-3f1f5b2f6a10";

    /// <summary>What the problem details of a photo that is too poor say of it, by code.</summary>
    public static readonly IReadOnlyDictionary<string, CrossedLimit> Crossed = new CrossedLimit[]
    {
        new(FaceErrors.FaceTooSmall, "eyeDistancePixels", 17.5, QualityLimits.ForEnrolment.MinEyeDistancePixels),
        new(FaceErrors.Blurred, "sharpness", 0.371, QualityLimits.ForEnrolment.MinSharpness),
        new(FaceErrors.TooDark, "brightness", 0.06, QualityLimits.ForEnrolment.MinBrightness),
        new(FaceErrors.TooBright, "overexposedShare", 0.62, QualityLimits.ForEnrolment.MaxOverexposedShare),
        new(FaceErrors.LowContrast, "contrast", 0.021, QualityLimits.ForEnrolment.MinContrast),
        new(FaceErrors.ExtremePose, "yawDegrees", -52.3, QualityLimits.ForEnrolment.MaxYawDegrees),
        new(FaceErrors.PartlyOutside, "outsideShare", 0.27, QualityLimits.ForEnrolment.MaxOutsideShare),
    }.ToDictionary(limit => limit.Code);

    public static readonly IReadOnlyDictionary<string, string> Requests = new Dictionary<string, string>
    {
        ["Register"] = """{"email": "ada@example.com", "name": "Ada Lovelace", "password": "correct horse battery"}""",
        ["Login"] = """{"email": "ada@example.com", "password": "correct horse battery"}""",
        ["VerifyEmail"] = """{"token": "q8vJ2n0cT4sXb1LwZp6yKd3RfHm9UaEgVi7oNxQtC5A"}""",
        ["ResendVerification"] = """{"email": "ada@example.com"}""",
        ["CompleteSignIn"] = """{"mfaToken": "q8vJ2n0cT4sXb1LwZp6yKd3RfHm9UaEgVi7oNxQtC5A", "method": "totp", "code": "123456"}""",
        ["Refresh"] = """{"refreshToken": "q8vJ2n0cT4sXb1LwZp6yKd3RfHm9UaEgVi7oNxQtC5A"}""",
        ["Logout"] = """{"refreshToken": "q8vJ2n0cT4sXb1LwZp6yKd3RfHm9UaEgVi7oNxQtC5A"}""",
        ["ForgotPassword"] = """{"email": "ada@example.com"}""",
        ["ResetPassword"] = """{"token": "q8vJ2n0cT4sXb1LwZp6yKd3RfHm9UaEgVi7oNxQtC5A", "password": "a new horse battery"}""",
        ["StepUp"] = """{"method": "totp", "code": "123456"}""",
        ["SignInWithPasskey"] = $$"""{"token": "q8vJ2n0cT4sXb1LwZp6yKd3RfHm9UaEgVi7oNxQtC5A", "credential": {{PasskeyAnswer}}}""",
        ["AddPasskey"] = """
            {"token": "q8vJ2n0cT4sXb1LwZp6yKd3RfHm9UaEgVi7oNxQtC5A", "name": "My phone", "endOtherSessions": true,
             "credential": {"id": "Pq3...", "rawId": "Pq3...", "type": "public-key", "clientExtensionResults": {},
               "response": {"clientDataJSON": "eyJ...", "attestationObject": "o2N..."}}}
            """,
        ["UpdateMe"] = """{"name": "Ada King", "email": "ada.king@example.com", "endOtherSessions": true}""",
        ["ChangePassword"] = """{"currentPassword": "correct horse battery", "newPassword": "a new horse battery"}""",
        ["EnableMfa"] = """{"code": "123456", "endOtherSessions": true}""",
        ["DisableMfa"] = """{"endOtherSessions": true}""",
        ["CreateApiKey"] = """{"name": "Gate 7", "scopes": ["faces.verify"], "expiresAt": "2027-11-23T00:00:00Z", "requestsPerSecond": 20}""",
        ["ChangeSettings"] = $$"""{"version": 2, {{SettingsValues}}}""",
        ["CreateUser"] = """{"email": "ada@example.com", "name": "Ada Lovelace", "role": "user", "verified": true}""",
        ["UpdateUser"] = """{"isActive": false}""",
        ["CheckErasure"] = Receipt,
        ["BeginLiveness"] = """{"purpose": "verify", "userId": 7}""",
        ["GiveConsent"] = """{"accepted": true, "version": "1"}""",
        ["RecordConsent"] = """{"accepted": true, "version": "1"}""",
    };

    public static readonly IReadOnlyDictionary<string, string> Responses = new Dictionary<string, string>
    {
        ["Register"] = """{"email": "ada@example.com", "next": "Open the link in the mail that was sent to this address."}""",
        ["ResendVerification"] = MailRequested,
        ["ForgotPassword"] = MailRequested,
        ["Login"] = """{"mfaRequired": true, "mfaToken": "q8vJ2n0cT4sXb1LwZp6yKd3RfHm9UaEgVi7oNxQtC5A", "methods": ["totp", "recovery"]}""",
        ["CompleteSignIn"] = Tokens,
        ["Refresh"] = Tokens,
        ["StepUp"] = """
            {"provenUntil": "2026-11-23T09:40:00Z", "secondFactor": true, "accessToken": "eyJhbGciOi...",
             "refreshToken": "q8vJ2n0cT4sXb1LwZp6yKd3RfHm9UaEgVi7oNxQtC5A", "expiresIn": 900, "tokenType": "Bearer"}
            """,
        ["BeginPasskeySignIn"] = PasskeyQuestion,
        ["SignInWithPasskey"] = Tokens,
        ["BeginPasskeyProof"] = PasskeyQuestion,
        ["BeginPasskey"] = """
            {"token": "q8vJ2n0cT4sXb1LwZp6yKd3RfHm9UaEgVi7oNxQtC5A",
             "options": {"rp": {"id": "faceid.example.com", "name": "FaceId"}, "user": {"id": "kF2...", "name": "ada@example.com", "displayName": "Ada Lovelace"},
               "challenge": "dGhpcyBpcyBhIGNoYWxsZW5nZQ", "pubKeyCredParams": [{"type": "public-key", "alg": -7}], "timeout": 300000,
               "attestation": "none", "authenticatorSelection": {"residentKey": "required", "userVerification": "required"}, "excludeCredentials": []}}
            """,
        ["AddPasskey"] = """
            {"id": 3, "name": "My phone", "createdAt": "2026-11-23T09:30:00Z", "recoveryCodes": ["7KQ2MWP-V9T4HXS-0DCR8BG-ZJ5NEA3", "..."],
             "accessToken": "eyJhbGciOi...", "refreshToken": "q8vJ2n0cT4sXb1LwZp6yKd3RfHm9UaEgVi7oNxQtC5A", "expiresIn": 900, "tokenType": "Bearer"}
            """,
        ["ListMyPasskeys"] = """
            {"items": [{"id": 3, "name": "My phone", "createdAt": "2026-11-23T09:30:00Z", "lastUsedAt": "2026-11-24T08:02:11Z", "isBackedUp": true}],
             "nextCursor": null}
            """,
        ["GetMe"] = User,
        ["UpdateMe"] = User,
        ["SetUpMfa"] = """{"secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "otpauthUri": "otpauth://totp/FaceId:ada%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=FaceId", "qrSvg": "<svg .../>"}""",
        ["ChangePassword"] = NewTokens,
        ["EnableMfa"] = """
            {"recoveryCodes": ["7KQ2MWP-V9T4HXS-0DCR8BG-ZJ5NEA3", "..."], "accessToken": "eyJhbGciOi...",
             "refreshToken": "q8vJ2n0cT4sXb1LwZp6yKd3RfHm9UaEgVi7oNxQtC5A", "expiresIn": 900, "tokenType": "Bearer"}
            """,
        ["ReissueRecoveryCodes"] = RecoveryCodes,
        ["ListMySessions"] = Sessions,
        ["ListSessions"] = Sessions,
        ["EndAllSessions"] = """{"ended": 12}""",
        ["CreateApiKey"] = """
            {"id": 3, "key": "faceid_q8vJ2n0cT4sXb1LwZp6yKd3RfHm9UaEgVi7oNxQtC5A", "prefix": "faceid_q8vJ2n", "name": "Gate 7", "scopes": ["faces.verify"],
             "createdAt": "2026-11-23T09:30:00Z", "expiresAt": "2027-11-23T00:00:00Z", "requestsPerSecond": 20}
            """,
        ["ListApiKeys"] = """
            {"items": [{"id": 3, "name": "Gate 7", "prefix": "faceid_q8vJ2n", "scopes": ["faces.verify"], "createdBy": 1, "createdAt": "2026-11-23T09:30:00Z",
              "expiresAt": "2027-11-23T00:00:00Z", "lastUsedAt": "2026-11-23T11:02:30Z", "requestsPerSecond": 20}], "nextCursor": null}
            """,
        ["GetSettings"] = Settings,
        ["ChangeSettings"] = Settings,
        ["GetThresholds"] = """
            {"faces": 1000, "thresholds": [{"purpose": "identify", "model": "faceid-fused-v1", "comparisons": 1000, "distance": 0.557,
              "falseMatchRate": {"value": 0.01, "low": 0.0034, "high": 0.02, "extrapolated": false},
              "falseNonMatchRate": {"value": 0.091, "low": 0.068, "high": 0.114, "extrapolated": false}}],
             "calibrations": [{"model": "faceid-fused-v1", "name": "LFW, development half", "version": 1, "date": "2026-11-25",
              "source": "6,598 photos of 2,890 people of Labeled Faces in the Wild (deep-funneled)", "people": 2765, "photos": 6156,
              "genuinePairs": 140381, "impostorPairs": 18804709}]}
            """,
        ["ListMySecurityEvents"] = SecurityEvents,
        ["ListSecurityEvents"] = SecurityEvents,
        ["ListUsers"] = $$"""{"items": [{{User}}], "nextCursor": "Ny4w"}""",
        ["CreateUser"] = User,
        ["GetUser"] = User,
        ["SendPasswordReset"] = """{"next": "A mail with a link is on its way to the account's address. Its owner chooses a password there."}""",
        ["GetMyConsent"] = Consent,
        ["DeleteUser"] = Receipt,
        ["EraseMe"] = Receipt,
        ["ApplyRetention"] = """
            {"dryRun": true, "at": "2026-11-23T03:00:00Z", "items": [
              {"what": "unverifiedRegistrations", "olderThan": "2026-11-16T03:00:00Z", "count": 3},
              {"what": "refreshTokens", "olderThan": "2026-11-23T03:00:00Z", "count": 120}], "images": {"missing": 0, "missingOf": [], "notSwept": null}}
            """,
        ["CheckErasure"] = """
            {"valid": true, "remaining": {"users": 0, "faces": 0, "recognitionLogs": 0, "sessions": 0, "oneTimeTokens": 0, "recoveryCodes": 0, "passkeys": 0,
              "apiKeys": 0, "consents": 0, "securityEvents": 0, "mails": 0, "livenessSessions": 0}}
            """,
        ["ExportMe"] = """
            {"format": 1, "exportedAt": "2026-11-23T09:30:00Z", "account": {"id": 7, "email": "ada@example.com", "name": "Ada Lovelace", "role": "user",
              "isActive": true, "isVerified": true, "mfaEnabled": false, "mfaSetupRequired": false, "lastSignInAt": "2026-11-23T09:30:00Z",
              "createdAt": "2026-11-23T09:30:00Z", "updatedAt": "2026-11-23T09:30:00Z"},
             "faces": [{"id": 12, "model": "dlib-resnet-v1", "encoding": [-0.0913, 0.0641], "secondEncoding": [0.0312, -0.0128], "template": [0.0625, -0.1094], "unreadable": null, "imagePath": null, "quality": 0.952, "selfEnrolled": true,
              "createdAt": "2026-11-23T09:31:00Z", "updatedAt": "2026-11-23T09:31:00Z"}],
             "sessions": [], "passkeys": [], "recoveryCodesLeft": 0, "oneTimeTokens": [], "consents": [], "apiKeys": [], "pendingMails": [],
             "securityEvents": [], "recognitionLog": []}
            """,
        ["GiveConsent"] = Consent,
        ["RecordConsent"] = Consent,
        ["UpdateUser"] = User,
        ["ListFaces"] = Faces,
        ["ListMyFaces"] = Faces,
        ["EnrolFace"] = Enrolled,
        ["ImportUsers"] = Imported,
        ["EnrolMyFace"] = Enrolled,
        ["VerifyFace"] = Verification,
        ["VerifyMyFace"] = Verification,
        ["CompareFaces"] = Comparison,
        ["IdentifyFaces"] = $$"""
            {"matches": [{"userId": 7, "name": "Ada Lovelace", "distance": 0.44, "threshold": 0.53, "confidence": 0.99987, "model": "faceid-fused-v1"}],
             "unknown": false, "threshold": 0.53, "falseMatchRate": 0.01, "model": "faceid-fused-v1",
             "quality": 0.952, "photo": {{Report}}, "gallery": {"people": 1000000, "faces": 1204511},
             "timings": {"queue": 0.1, "decode": 3.1, "detect": 6.4, "align": 0.6, "encode": 10.2, "search": 3.4, "total": 25.0} }
            """,
        ["DetectFaces"] = $$"""
            {"width": 640, "height": 640, "scan": {"thorough": false, "longSide": 640, "smallestFace": 80},
             "faces": [{"box": {"x": 190, "y": 120, "width": 260, "height": 260}, "score": 1.07,
               "landmarks": [{"x": 402.1, "y": 205.8}, {"x": 361.4, "y": 206.3}, {"x": 246.0, "y": 204.9}, {"x": 287.2, "y": 206.0}, {"x": 324.5, "y": 292.7}],
               "quality": 0.952, "measurements": {{Measurements}}, "crossed": []}],
             "timings": {{Timings}} }
            """,
        ["BeginLiveness"] = $$"""
            {"id": "{{LivenessId}}", "nonce": "q8vJ2n0cT4sXb1LwZp6yKd3RfHm9UaEgVi7oNxQtC5A", "purpose": "verify", "userId": 7,
             "challenge": ["center", "left", "up", "right", "left"], "expiresAt": "2026-11-23T09:31:00Z", "maxFrames": 150, "maxFramesAtOnce": 8}
            """,
        ["AddLivenessFrames"] = $$"""
            {"id": "{{LivenessId}}", "passed": false, "stepsDone": 2, "next": "up", "hint": "lookUp",
             "say": "Face the camera and lift your chin further.", "framesLeft": 138, "expiresAt": "2026-11-23T09:31:00Z", "passiveScore": 0.968}
            """,
        ["ListLogs"] = """
            {"items": [{"id": 41, "userId": 7, "actorId": 2, "apiKeyId": null, "action": "verify", "attempted": "verify", "success": true, "confidence": null, "distance": 0.31,
              "threshold": 0.5, "model": "dlib-resnet-v1", "reason": null, "latencyMs": 15.4, "ipAddress": "192.0.2.7",
              "userAgent": "curl/8.5.0", "createdAt": "2026-11-23T09:32:00Z"}], "nextCursor": null}
            """,
    };

    /// <summary>Bodies that are no JSON documents, by operation and media type.</summary>
    public static readonly IReadOnlyDictionary<string, string> Lines = new Dictionary<string, string>
    {
        ["ImportUsers application/x-ndjson"] = """
            {"email": "ada@example.com", "name": "Ada Lovelace", "encodings": ["(base64 of 128 float32 or float64)", [-0.09, 0.12, "... 128 numbers"]]}
            {"externalId": "4711", "name": "Charles Babbage", "encoding": "-0.11 0.08 ... (128 numbers)"}

            """,
        ["ImportUsers text/csv"] = """
            email,name,encoding
            ada@example.com,Ada Lovelace,"(base64, hexadecimal digits, or 128 numbers)"

            """,
    };
}

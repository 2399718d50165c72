using FaceId.Application.Faces;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace FaceId.Infrastructure.Faces;

internal static class FaceEngineRegistration
{
    /// <summary>Adds the one face engine of the process as <see cref="IFaceEngine"/>.</summary>
    public static IServiceCollection AddFaceEngine(this IServiceCollection services, FaceEngineOptions options)
    {
        services.AddSingleton(Options.Create(options));
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IFaceEngine, FaceEngine>();
        return services;
    }
}
